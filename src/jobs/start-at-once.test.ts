import { afterEach, expect, test } from 'bun:test';
import {
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../testing/test-appliance.ts';

/** Jobs whose runner is free when they come: one transaction takes them and marks them as running. */

let appliance: TestAppliance;
afterEach(() => appliance.stop());

async function start(environment: Record<string, string> = {}): Promise<void> {
  appliance = await startTestAppliance({
    modelsFolder: fakeModels('--concurrency', '4'),
    environment: { KT_SCHEDULER_CPU_SLOTS: '1', KT_PRICING_DRAFT_MULTIPLIER: '1', ...environment },
  });
  // From now on its runner is up.
  await untilJob(appliance, (await submit()).body.jobId);
}
const submit = (job: Parameters<typeof fakeJob>[0] = {}, input = {}) =>
  appliance.call('POST', '/api/v1/media/jobs', { body: fakeJob(job, input) });
const find = async (jobId: string) =>
  (await appliance.call('GET', `/api/v1/media/jobs?jobId=${jobId}&includeDetails=1`)).body;

test('a job whose runner is free runs as soon as it is taken, as its first attempt', async () => {
  await start();
  const { body } = await submit({ ending: 'hang' });
  expect(body).toMatchObject({ status: 'queued', estimate: { queuePosition: 1, startsInSeconds: 0 } });
  const job = await find(body.jobId);
  expect(job).toMatchObject({ status: 'running', attempts: 1, queuePosition: null });
  expect(job.startedAt).toBe(job.createdAt);
});

test('the place of one is nobody else’s, and the next has it when that job is over', async () => {
  await start();
  const [first, second] = await Promise.all([submit({ milliseconds: 100 }), submit()]);
  const statuses = [(await find(first.body.jobId)).status, (await find(second.body.jobId)).status];
  expect(statuses).toEqual(expect.arrayContaining(['queued', 'running']));
  for (const { body } of [first, second]) {
    expect(await untilJob(appliance, body.jobId)).toMatchObject({ status: 'succeeded', attempts: 1 });
  }
});

test('one that can’t be paid for gives its place back', async () => {
  await start({ KT_FIRST_RUN_OPERATOR_GRANT_USD: '0.05' });
  expect((await submit({}, { width: 2048, height: 2048 })).status).toBe(402);
  expect((await appliance.call('GET', '/api/v1/health')).body.queue).toEqual({ queued: 0, running: 0 });
  const { body } = await submit();
  expect(await untilJob(appliance, body.jobId)).toMatchObject({ status: 'succeeded' });
});

test('one that the appliance’s stop breaks off waits for the next start, without an attempt', async () => {
  await start();
  const { jobId } = (await submit({ milliseconds: 60_000 })).body;
  await appliance.stop({ graceSeconds: 0 });
  appliance = await startTestAppliance({ dataFolder: appliance.dataFolder });
  const job = await find(jobId);
  expect(job).toMatchObject({ attempts: job.status === 'queued' ? 0 : 1, interruptions: 0 });
});
