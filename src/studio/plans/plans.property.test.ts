import { afterAll, beforeAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import { InvalidInput } from '../../errors.ts';
import {
  type Answer,
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
} from '../../testing/test-appliance.ts';
import { orderSteps } from './order-steps.ts';
import type { DraftStep } from './plan.ts';
import { stepsUsed } from './step-files.ts';

let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await startTestAppliance({
    modelsFolder: fakeModels('--concurrency', '8'),
    environment: { KT_PRICING_DRAFT_MULTIPLIER: '1', KT_RATE_LIMIT_WRITES_PER_MINUTE: '1000000' },
  });
});
afterAll(() => appliance.stop());

const stepCount = 6;
const letters = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Steps in any order, each using any others: circles and all. */
const anySteps = fc
  .array(fc.uniqueArray(fc.constantFrom(...letters), { maxLength: 3 }), {
    minLength: 1,
    maxLength: stepCount,
  })
  .map((uses) =>
    uses.map((used, index): DraftStep => {
      const references = used.map((fromStep) => ({ fromStep }));
      return { id: letters[index] ?? '', title: '', task: 'image.generate', input: { references } };
    }),
  );

test('an order puts each step behind those that it builds on, or there is a circle or a stranger', () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      let ordered: DraftStep[];
      try {
        ordered = orderSteps(steps);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInput);
        expect(isWrong(steps)).toBe(true);
        return;
      }
      expect(isWrong(steps)).toBe(false);
      expect(new Set(ordered)).toEqual(new Set(steps));
      for (const [index, step] of ordered.entries()) {
        const before = new Set(ordered.slice(0, index).map(({ id }) => id));
        expect(stepsUsed(step.input).every((id) => before.has(id))).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

/** By another way than the order's: a step that can reach itself, or one that is not there. */
function isWrong(steps: readonly DraftStep[]): boolean {
  const usesOf = new Map(steps.map(({ id, input }) => [id, stepsUsed(input)]));
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    (usesOf.get(from) ?? []).some((id) => id === to || (!seen.has(id) && reaches(id, to, seen.add(id))));
  return [...usesOf].some(([id, uses]) => uses.some((used) => !usesOf.has(used)) || reaches(id, id));
}

/** For each step of a plan, whether it fails. What fails behind a failed step, the other tests tell. */
const plan = fc.array(fc.boolean(), { minLength: 1, maxLength: stepCount });
const approvals = fc.array(fc.constantFrom('right', 'cheaper', 'dearer', 'forged'), {
  minLength: 1,
  maxLength: 4,
});

test('whatever fails and however often it is approved, a plan costs what its successes cost and never more than approved', async () => {
  await fc.assert(
    fc.asyncProperty(plan, approvals, async (steps, asked) => {
      const before = await balance();
      const drafts = steps.map((fails, index) => {
        const { input } = fakeJob(fails ? { ending: 'invalid_input' } : {});
        return { id: `s${index}`, task: 'image.generate', input };
      });
      const { body } = await call('POST', 'plans', { steps: drafts });
      expect(await balance()).toBe(before);
      const answers = await Promise.all(asked.map((kind) => approve(body, kind)));
      const isApproved = asked.includes('right');
      expect(answers.map(({ status }) => status)).toEqual(
        asked.map((kind) => (kind === 'right' ? 202 : 409)),
      );
      if (!isApproved) {
        expect(await balance()).toBe(before);
        return;
      }
      const finished = await untilFinished(body.planId);
      const succeeded = finished.steps.filter(({ state }: Answer['body']) => state === 'succeeded');
      expect(succeeded.length).toBe(steps.filter((fails) => !fails).length);
      const price = succeeded.reduce(
        (sum: number, { amountMicros }: Answer['body']) => sum + amountMicros,
        0,
      );
      expect(before - (await balance())).toBe(price);
      expect(price).toBeLessThanOrEqual(body.amountMicros);
    }),
    { numRuns: 25 },
  );
  const check = await appliance.call('GET', '/api/v1/admin/ledger/check', { key: appliance.adminKey });
  expect(check.body).toEqual({ status: 'ok' });
}, 120_000);

const call = (method: string, path: string, body?: unknown) =>
  appliance.call(method, `/api/v1/studio/agent/${path}`, body === undefined ? {} : { body });
const balance = async (): Promise<number> =>
  (await appliance.call('GET', '/api/v1/balance')).body.balanceMicros;

function approve({ planId, planHash, amountMicros }: Answer['body'], kind: string): Promise<Answer> {
  const amount = { right: 0, cheaper: -1, dearer: 1, forged: 0 }[kind] ?? 0;
  const hash = kind === 'forged' ? `${planHash.slice(1)}0` : planHash;
  return call('POST', 'approval-plans/execute', {
    planId,
    planHash: hash,
    amountMicros: amountMicros + amount,
  });
}

async function untilFinished(planId: string): Promise<Answer['body']> {
  for (let tries = 0; tries < 3000; tries++) {
    const { body } = await call('GET', `plans?planId=${planId}`);
    if (body.finishedAt !== null) return body;
    await Bun.sleep(10);
  }
  throw new Error(`The plan ${planId} does not end.`);
}
