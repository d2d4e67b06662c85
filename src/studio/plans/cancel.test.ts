import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { startApplianceChild } from '../../testing/appliance-child.ts';
import { fakeModels, startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';
import { planClient, step } from './test-plans.ts';

const environment = { KT_PRICING_DRAFT_MULTIPLIER: '1' };
const modelsFolder = fakeModels('--concurrency', '4');
const priceMicros = 20_972;
let appliance: TestAppliance;
let plans: ReturnType<typeof planClient>;
beforeAll(async () => {
  appliance = await startTestAppliance({ modelsFolder, environment });
  plans = planClient(appliance);
});
afterAll(() => appliance.stop());

describe('canceling a plan', () => {
  test('cancels its jobs, begins no step any more, and gives everything back that it did not use', async () => {
    const before = await plans.balance();
    const { body } = await plans.propose([
      step('done'),
      step('running', { ending: 'hang' }),
      step('waiting', { after: ['running'] }),
    ]);
    await plans.approve(body);
    const begun = await plans.until(body.planId, ({ done, running }) => {
      return done === 'succeeded' && running === 'submitted';
    });
    const { status, body: canceled } = await plans.cancel(body.planId);
    expect([status, canceled.state]).toEqual([200, 'canceled']);
    expect(plans.states(canceled)).toEqual({ done: 'succeeded', running: 'canceled', waiting: 'canceled' });
    expect(canceled.steps[2]).toMatchObject({ jobId: null, error: { code: 'plan_canceled' } });
    expect(Date.parse(canceled.finishedAt)).toBeGreaterThanOrEqual(Date.parse(canceled.cancelRequestedAt));
    expect(await plans.balance()).toBe(before - priceMicros);
    const { jobId } = begun.steps[1];
    const job = (await appliance.call('GET', `/api/v1/media/jobs?jobId=${jobId}`)).body;
    expect(job.status).toBe('canceled');
    expect(await plans.ledger()).toEqual({ status: 'ok' });
  });

  test('again, or by many at once, changes nothing more', async () => {
    const before = await plans.balance();
    const { body } = await plans.propose([step('a', { ending: 'hang' }), step('b', { ending: 'hang' })]);
    await plans.approve(body);
    const answers = await Promise.all(Array.from({ length: 5 }, () => plans.cancel(body.planId)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const [first] = answers;
    expect((await plans.cancel(body.planId)).body).toEqual(first?.body);
    expect((await plans.approve(body)).body.state).toBe('canceled');
    expect(await plans.balance()).toBe(before);
  });

  test('takes an offer back, which then nobody can approve', async () => {
    const before = await plans.balance();
    const { body } = await plans.propose([step('a')]);
    const { status, body: canceled } = await plans.cancel(body.planId);
    expect([status, canceled.state, canceled.executedAt]).toEqual([200, 'canceled', null]);
    const refused = await plans.approve(body);
    expect([refused.status, refused.body.code]).toEqual([409, 'plan_canceled']);
    expect((await plans.cancel(body.planId)).body).toEqual(canceled);
    expect(await plans.balance()).toBe(before);
    expect(await plans.ledger()).toEqual({ status: 'ok' });
  });

  test.each([
    ['succeeded', step('a')],
    ['failed', step('a', { ending: 'invalid_input' })],
  ])('is refused where it has %s, as that of a job is', async (state, only) => {
    const { body } = await plans.propose([only]);
    await plans.approve(body);
    const finished = await plans.finished(body.planId);
    expect(finished.state).toBe(state);
    const refused = await plans.cancel(body.planId);
    expect([refused.status, refused.body.code]).toEqual([409, 'plan_finished']);
    expect((await plans.find(body.planId)).body).toEqual(finished);
  });

  test("is for the plan's own account", async () => {
    const request = { key: appliance.adminKey, body: { name: 'Stranger' } };
    const { apiKey } = (await appliance.call('POST', '/api/v1/admin/accounts', request)).body;
    const { body } = await plans.propose([step('a')]);
    const path = `/api/v1/studio/agent/plans?planId=${body.planId}`;
    expect((await appliance.call('DELETE', path, { key: apiKey })).status).toBe(404);
    expect((await plans.find(body.planId)).body.state).toBe('proposed');
    expect((await plans.cancel('plan_unknown')).status).toBe(404);
  });

  test('is known to whoever asked the agent for it', async () => {
    const agent = '/api/v1/studio/agent';
    const message = { body: { message: 'a picture of a fox' } };
    const { requestId, plan } = (await appliance.call('POST', `${agent}/messages/prepare`, message)).body;
    await plans.cancel(plan.planId);
    const { body } = await appliance.call('GET', `${agent}/requests?requestId=${requestId}`);
    expect([body.state, body.plan.state]).toEqual(['canceled', 'canceled']);
  });
});

test('a step that waits for room in the queue is withdrawn with its plan', async () => {
  const limits = { KT_JOBS_QUEUED_PER_ACCOUNT_MAX: '1', KT_SCHEDULER_CPU_SLOTS: '1' };
  const full = await startTestAppliance({ modelsFolder, environment: { ...environment, ...limits } });
  const own = planClient(full);
  const before = await own.balance();
  const { body } = await own.propose(['a', 'b', 'c', 'd'].map((id) => step(id, { ending: 'hang' })));
  await own.approve(body);
  await own.until(body.planId, (states) => Object.values(states).includes('submitted'));
  const { status, body: canceled } = await own.cancel(body.planId);
  expect([status, canceled.state]).toEqual([200, 'canceled']);
  expect(new Set(Object.values(own.states(canceled)))).toEqual(new Set(['canceled']));
  expect(await own.balance()).toBe(before);
  await full.stop();
});

test('a plan that was canceled does not go on after a power cut, and ends', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'kt-canceled-'));
  const child = await startApplianceChild({ dataFolder, modelsFolder, settings: environment });
  const headers = { authorization: `Bearer ${child.apiKey}`, 'content-type': 'application/json' };
  const ask = async (method: string, path: string, body?: object) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${child.origin}${path}`, { method, headers, ...sent });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  const killed = planClient({ call: (method, path, { body } = {}) => ask(method, path, body as object) });
  const before = await killed.balance();
  const stubborn = step('a', { milliseconds: 60_000, ignoresCancel: true });
  const { body } = await killed.propose([stubborn, step('b', { after: ['a'] })]);
  await killed.approve(body);
  await killed.until(body.planId, ({ a }) => a === 'submitted');
  const asked = killed.cancel(body.planId).catch(() => null);
  while ((await killed.find(body.planId)).body.cancelRequestedAt === null) await Bun.sleep(5);
  await child.kill();
  await asked;
  const next = await startTestAppliance({ dataFolder, modelsFolder, environment });
  const after = planClient(next);
  const finished = await after.finished(body.planId);
  expect(finished.state).toBe('canceled');
  expect(after.states(finished)).toEqual({ a: 'canceled', b: 'canceled' });
  expect(await after.balance()).toBe(before);
  expect(await after.ledger()).toEqual({ status: 'ok' });
  await next.stop();
});

test('what a cancellation had not come to yet is done at the next start', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'kt-canceled-'));
  const first = await startTestAppliance({ dataFolder, modelsFolder });
  const { body } = await planClient(first).propose([
    step('a', { ending: 'hang' }),
    step('b', { after: ['a'] }),
  ]);
  await planClient(first).approve(body);
  await planClient(first).until(body.planId, ({ a }) => a === 'submitted');
  await first.stop();
  // As its transaction leaves it; nothing was set aside for drafts that cost nothing.
  const database = new Database(join(dataFolder, 'appliance.sqlite'));
  database.exec("UPDATE studio_plan_steps SET state = 'canceled' WHERE id = 'b'");
  database.exec('UPDATE studio_plans SET cancel_requested_at = executed_at');
  database.close();
  const second = await startTestAppliance({ dataFolder, modelsFolder });
  const finished = await planClient(second).finished(body.planId);
  expect([finished.state, planClient(second).states(finished)]).toEqual([
    'canceled',
    { a: 'canceled', b: 'canceled' },
  ]);
  await second.stop();
});
