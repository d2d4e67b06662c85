import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  type Answer,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
} from '../../testing/test-appliance.ts';
import { type Step, step } from './test-plans.ts';

const environment = { KT_PRICING_DRAFT_MULTIPLIER: '1' };
const modelsFolder = fakeModels('--concurrency', '4');
let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await startTestAppliance({ modelsFolder, environment });
});
afterAll(() => appliance.stop());

const api = (method: string, path: string, body?: unknown, on = appliance) =>
  on.call(method, `/api/v1/studio/agent/${path}`, body === undefined ? {} : { body });
const propose = (steps: Step[], on = appliance) => api('POST', 'plans', { steps }, on);
const approve = ({ planId, planHash, amountMicros }: Answer['body'], on = appliance) =>
  api('POST', 'approval-plans/execute', { planId, planHash, amountMicros }, on);
const balance = async (on = appliance) => (await on.call('GET', '/api/v1/balance')).body.balanceMicros;
async function untilFinished(planId: string, on = appliance): Promise<Answer['body']> {
  for (let tries = 0; tries < 1500; tries++) {
    const { body } = await api('GET', `plans?planId=${planId}`, undefined, on);
    if (body.finishedAt !== null) return body;
    await Bun.sleep(20);
  }
  throw new Error(`The plan ${planId} does not end.`);
}
const states = ({ steps }: Answer['body']) =>
  Object.fromEntries(steps.map((one: Answer['body']) => [one.id, one.state]));
const priceMicros = 20_972;

describe('a plan', () => {
  test('is priced before anything runs, and nothing is spent', async () => {
    const before = await balance();
    const { status, body } = await propose([step('b', { after: ['a'] }), step('a')]);
    expect(status).toBe(201);
    expect(body).toMatchObject({ state: 'proposed', amountMicros: 2 * priceMicros, executedAt: null });
    expect(body.steps.map(({ id }: Step) => id)).toEqual(['a', 'b']);
    expect(body.steps[1].dependsOn).toEqual(['a']);
    expect(body.steps.every(({ input }: Step) => Number.isInteger(input['seed']))).toBe(true);
    expect(await balance()).toBe(before);
  });

  test('runs once when it is approved, each step after those that it builds on', async () => {
    const before = await balance();
    const { body } = await propose([step('a'), step('b')]);
    const answers = await Promise.all(Array.from({ length: 5 }, () => approve(body)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    const finished = await untilFinished(body.planId);
    expect(finished.state).toBe('succeeded');
    expect(states(finished)).toEqual({ a: 'succeeded', b: 'succeeded' });
    expect(finished.steps.every(({ outputs }: Answer['body']) => outputs.length === 1)).toBe(true);
    expect(await balance()).toBe(before - 2 * priceMicros);
    expect((await approve(body)).body.state).toBe('succeeded');
    expect(await balance()).toBe(before - 2 * priceMicros);
  });

  test('gives back what a failed step and those behind it would have cost', async () => {
    const before = await balance();
    const broken = step('a', { ending: 'invalid_input' });
    const { body } = await propose([
      broken,
      step('b', { after: ['a'] }),
      step('c', { after: ['b'] }),
      step('free'),
    ]);
    await approve(body);
    const finished = await untilFinished(body.planId);
    expect(finished.state).toBe('failed');
    expect(states(finished)).toEqual({ a: 'failed', b: 'canceled', c: 'canceled', free: 'succeeded' });
    expect(finished.steps.find(({ id }: Step) => id === 'b').error.code).toBe('dependency_failed');
    expect(await balance()).toBe(before - priceMicros);
  });
});

describe('an approval', () => {
  test('of another hash, another amount or an unknown plan is refused', async () => {
    const { body } = await propose([step('a')]);
    const forged = [
      { ...body, planHash: body.planHash.replace(/^./, 'x') },
      { ...body, amountMicros: body.amountMicros - 1 },
      { ...body, amountMicros: 0 },
    ];
    for (const approval of forged) {
      const refused = await approve(approval);
      expect([refused.status, refused.body.code]).toEqual([409, 'approval_mismatch']);
    }
    expect((await approve({ ...body, planId: 'plan_unknown' })).status).toBe(404);
    expect((await api('GET', `plans?planId=${body.planId}`)).body.state).toBe('proposed');
  });

  test("of another account's plan is a 404, and so is a look at it", async () => {
    const opened = await appliance.call('POST', '/api/v1/admin/accounts', {
      key: appliance.adminKey,
      body: { name: 'Stranger', grantMicros: 1_000_000 },
    });
    const { body } = await propose([step('a')]);
    const as = { key: opened.body.apiKey };
    const { planId, planHash, amountMicros } = body;
    const path = '/api/v1/studio/agent';
    const approval = { ...as, body: { planId, planHash, amountMicros } };
    expect((await appliance.call('POST', `${path}/approval-plans/execute`, approval)).status).toBe(404);
    expect((await appliance.call('GET', `${path}/plans?planId=${planId}`, as)).status).toBe(404);
  });

  test('is refused whole where the balance covers a part of it', async () => {
    const opened = await appliance.call('POST', '/api/v1/admin/accounts', {
      key: appliance.adminKey,
      body: { name: 'Short', grantMicros: priceMicros + 1 },
    });
    const as = { key: opened.body.apiKey };
    const plan = await appliance.call('POST', '/api/v1/studio/agent/plans', {
      ...as,
      body: { steps: [step('a'), step('b')] },
    });
    const { planId, planHash, amountMicros } = plan.body;
    const refused = await appliance.call('POST', '/api/v1/studio/agent/approval-plans/execute', {
      ...as,
      body: { planId, planHash, amountMicros },
    });
    expect([refused.status, refused.body.code]).toEqual([402, 'insufficient_balance']);
    expect((await appliance.call('GET', '/api/v1/balance', as)).body.balanceMicros).toBe(priceMicros + 1);
  });
});

describe("a plan that runs doesn't go on, and what is left of it goes back,", () => {
  /** Of an account of its own, with its first step under way. */
  async function begin() {
    const request = { key: appliance.adminKey, body: { name: 'Approver', grantMicros: 10 * priceMicros } };
    const opened = (await appliance.call('POST', '/api/v1/admin/accounts', request)).body;
    const as = { key: opened.apiKey };
    const path = '/api/v1/studio/agent';
    const spare = (await appliance.call('POST', '/api/v1/keys', { ...as, body: { label: 'Spare' } })).body;
    const steps = [step('a', { milliseconds: 1500 }), step('b', { after: ['a'] })];
    const { planId, planHash, amountMicros } = (
      await appliance.call('POST', `${path}/plans`, { ...as, body: { steps } })
    ).body;
    const approval = { key: spare.apiKey, body: { planId, planHash, amountMicros } };
    await appliance.call('POST', `${path}/approval-plans/execute`, approval);
    const end = async () => {
      for (;;) {
        const { body } = await appliance.call('GET', `${path}/plans?planId=${planId}`, as);
        if (body.finishedAt !== null) return body;
        await Bun.sleep(20);
      }
    };
    return { opened, as, spare, end };
  }
  const left = async (as: { key: string }) =>
    (await appliance.call('GET', '/api/v1/balance', as)).body.balanceMicros;

  test('when the key that approved it is revoked', async () => {
    const { as, spare, end } = await begin();
    const body = { keyPrefix: spare.keyPrefix };
    const revoked = await appliance.call('POST', '/api/v1/keys/revoke', { ...as, body });
    expect(revoked.status).toBe(200);
    const finished = await end();
    expect(states(finished)).toEqual({ a: 'succeeded', b: 'failed' });
    expect(finished.steps[1].error.message).toContain('revoked');
    expect(await left(as)).toBe(9 * priceMicros);
  });

  test('when its account is disabled', async () => {
    const { opened, as, end } = await begin();
    const turn = (which: string) =>
      appliance.call('POST', `/api/v1/admin/accounts/${which}`, {
        key: appliance.adminKey,
        body: { accountId: opened.accountId, reason: 'Misuse' },
      });
    expect((await turn('disable')).status).toBe(200);
    const database = new Database(join(appliance.dataFolder, 'appliance.sqlite'), { readonly: true });
    const running = database.prepare("SELECT count(*) FROM studio_plans WHERE state = 'running'").pluck();
    while (running.get() !== 0) await Bun.sleep(20);
    database.close();
    expect((await turn('enable')).status).toBe(200);
    const finished = await end();
    expect(finished.steps[1]).toMatchObject({ state: 'failed', error: { code: 'forbidden' } });
    expect(await left(as)).toBe(9 * priceMicros);
  });
});

describe('what is no plan is refused', () => {
  test.each([
    ['a circle', [step('a', { after: ['b'] }), step('b', { after: ['a'] })], '/steps/0/input'],
    ['a step on itself', [step('a', { after: ['a'] })], '/steps/0/input'],
    ['a step on an unknown one', [step('a', { after: ['z'] })], '/steps/0/input'],
    ['two steps of one id', [step('a'), step('a')], '/steps/1/id'],
    ['an unknown task', [{ id: 'a', task: 'image.dream', input: {} }], '/steps/0/task'],
    [
      'an input that its task refuses',
      [{ ...step('a'), input: { prompt: 'x', width: 7 } }],
      '/steps/0/input/width',
    ],
    [
      'a file where a text belongs',
      [step('a'), { ...step('b'), input: { prompt: { fromStep: 'a' } } }],
      '/steps/1/input/prompt',
    ],
    [
      'a file that is none of those that its field takes',
      [{ ...step('a'), input: { prompt: 'x', referenceImages: ['data:image/png;base64,aGVsbG8='] } }],
      '/steps/0/input/referenceImages/0',
    ],
    [
      'a file that is written out at length',
      [
        {
          ...step('a'),
          input: { prompt: 'x', referenceImages: [`data:image/png;base64,${'A'.repeat(100_000)}`] },
        },
      ],
      '/steps/0/input',
    ],
    ['no step at all', [], '/steps'],
  ])('%s', async (_name, steps, path) => {
    const { status, body } = await propose(steps as Step[]);
    expect(status).toBe(422);
    expect(body.details.issues.map((issue: { path: string }) => issue.path)).toContain(path);
  });
});

test('a plan that runs when the appliance is killed goes on at its next start, and is paid for once', async () => {
  const dataFolder = `${appliance.dataFolder}-restarted`;
  const first = await startTestAppliance({ dataFolder, modelsFolder, environment });
  const before = await balance(first);
  const { body } = await propose([step('a'), step('b', { ending: 'hang' })], first);
  await approve(body, first);
  for (let tries = 0; tries < 500; tries++) {
    const { steps } = (await api('GET', `plans?planId=${body.planId}`, undefined, first)).body;
    if (steps[0].state === 'succeeded' && steps[1].state === 'submitted') break;
    await Bun.sleep(20);
  }
  await first.stop();
  const second = await startTestAppliance({ dataFolder, modelsFolder, environment });
  const { steps } = (await api('GET', `plans?planId=${body.planId}`, undefined, second)).body;
  await second.call('DELETE', `/api/v1/media/jobs?jobId=${steps[1].jobId}`);
  const finished = await untilFinished(body.planId, second);
  expect(states(finished)).toEqual({ a: 'succeeded', b: 'failed' });
  expect(await balance(second)).toBe(before - priceMicros);
  const check = () => second.call('GET', '/api/v1/admin/ledger/check', { key: second.adminKey });
  expect((await check()).body).toEqual({ status: 'ok' });
  const database = new Database(join(dataFolder, 'appliance.sqlite'));
  database.exec("UPDATE studio_plan_steps SET state = 'waiting' WHERE id = 'a'");
  database.close();
  expect((await check()).body.details.problems.join()).toContain(
    `${body.planId} has set aside 0, its waiting`,
  );
  await second.stop();
});
