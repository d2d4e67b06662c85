import { expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { type Answer, fakeModels, startTestAppliance } from '../../testing/test-appliance.ts';
import { planClient, step } from './test-plans.ts';

const modelsFolder = fakeModels('--concurrency', '4');
const environment = {
  KT_PRICING_DRAFT_MULTIPLIER: '1',
  KT_RATE_LIMIT_WRITES_PER_MINUTE: '1000000',
  // A job that was interrupted often is nobody's fault here.
  KT_JOBS_INTERRUPTIONS_MAX: '100',
};

/** For each step how it ends, and whether it waits for the one before, whose picture never comes. */
const steps = fc.array(
  fc.record({ job: fc.constantFrom('succeeds', 'takes time', 'fails', 'hangs'), follows: fc.boolean() }),
  { minLength: 1, maxLength: 4 },
);
/** What happens to the plan while it runs, and at the end it is canceled in any case. */
const events = fc.array(fc.constantFrom('cancel', 'another end', 'approve', 'restart'), { maxLength: 4 });

const jobs = {
  succeeds: {},
  'takes time': { milliseconds: 40 },
  fails: { ending: 'invalid_input' },
  hangs: { ending: 'hang' },
} as const;

test('whenever a plan is canceled, ends of steps and restarts between, it costs what succeeded and holds nothing back', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'kt-canceled-'));
  const start = () => startTestAppliance({ dataFolder, modelsFolder, environment });
  let appliance = await start();
  let plans = planClient(appliance);
  const happen = {
    'another end': async (planId: string) => {
      const ended = countEnded((await plans.find(planId)).body);
      // What hangs never ends: a while is enough, and nothing rests on it.
      for (let tries = 0; tries < 5; tries++) {
        if (countEnded((await plans.find(planId)).body) > ended) return;
        await Bun.sleep(10);
      }
    },
    restart: async () => {
      await appliance.stop();
      appliance = await start();
      plans = planClient(appliance);
    },
  };
  await fc.assert(
    fc.asyncProperty(steps, events, async (given, order) => {
      const drafts = given.map(({ job, follows }, index) => {
        const after = follows && index > 0 ? [`s${index - 1}`] : [];
        return step(`s${index}`, { ...jobs[job], after });
      });
      const before = await plans.balance();
      const { body } = await plans.propose(drafts);
      await plans.approve(body);
      const asked: Promise<Answer>[] = [];
      for (const event of order) {
        if (event === 'cancel') asked.push(plans.cancel(body.planId));
        else if (event === 'approve') await plans.approve(body);
        else await happen[event](body.planId);
      }
      asked.push(plans.cancel(body.planId));
      const answers = await Promise.all(asked);
      expect(answers.filter(({ status }) => ![200, 409, 503].includes(status))).toEqual([]);
      const finished = await plans.finished(body.planId);
      const states = Object.values(plans.states(finished));
      expect(states.filter((state) => !['succeeded', 'failed', 'canceled'].includes(state))).toEqual([]);
      const isWhole = states.every((state) => state === 'succeeded');
      const isCanceled = finished.cancelRequestedAt !== null;
      expect(finished.state).toBe(isWhole ? 'succeeded' : isCanceled ? 'canceled' : 'failed');
      const price = costOf(finished);
      expect(before - (await plans.balance())).toBe(price);
      expect(price).toBeLessThanOrEqual(body.amountMicros);
      expect(heldMicros(dataFolder)).toBe(0);
    }),
    { numRuns: 12 },
  );
  expect(await plans.ledger()).toEqual({ status: 'ok' });
  await appliance.stop();
}, 240_000);

function countEnded({ steps: seen }: Answer['body']): number {
  return seen.filter(({ state }: Answer['body']) => state !== 'waiting' && state !== 'submitted').length;
}

function costOf({ steps: seen }: Answer['body']): number {
  return seen
    .filter(({ state }: Answer['body']) => state === 'succeeded')
    .reduce((sum: number, { amountMicros }: Answer['body']) => sum + amountMicros, 0);
}

/** Of all plans together. */
function heldMicros(dataFolder: string): unknown {
  const database = new Database(join(dataFolder, 'appliance.sqlite'), { readonly: true });
  try {
    const held = "SELECT sum(credits_micros - debits_micros) FROM ledger_accounts WHERE id LIKE 'hold:%'";
    return database.prepare(held).pluck().get();
  } finally {
    database.close();
  }
}
