import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from './testing/test-appliance.ts';
import { until } from './testing/until.ts';
import { startWebhookReceiver } from './testing/webhook-receiver.ts';

/** Somebody sets the clock of the machine, by days, while the appliance works. */

const day = 86_400_000;
const modelsFolder = fakeModels();

let set: number;
let passed: number;
let appliance: TestAppliance;
const wait = (ms: number) => {
  set += ms;
  passed += ms;
};

const start = (environment: Record<string, string> = {}) =>
  startTestAppliance({
    modelsFolder,
    clock: () => set,
    monotonic: () => passed,
    environment: { KT_PRICING_DRAFT_MULTIPLIER: '1', ...environment },
  });

beforeEach(() => {
  set = 1_700_000_000_000;
  passed = 1000;
});
afterEach(() => appliance.stop());

async function submit(body: Record<string, unknown>, key?: string): Promise<string> {
  const headers = key === undefined ? {} : { 'x-idempotency-key': key };
  const answer = await appliance.call('POST', '/api/v1/media/jobs', { body, headers });
  expect(answer.status).toBe(202);
  return answer.body.jobId;
}
/** Of all webhooks: an attempt is over when it is written down, which is after it has arrived. */
function attemptsOnRecord(): number {
  const database = new Database(join(appliance.dataFolder, 'appliance.sqlite'), { readonly: true });
  const attempts = database.prepare('SELECT sum(attempts) FROM webhook_deliveries').pluck().get();
  database.close();
  return Number(attempts);
}
const download = async (url: string) => (await appliance.app.handle(new Request(url))).status;
const find = async (jobId: string) => (await appliance.call('GET', `/api/v1/media/jobs?jobId=${jobId}`)).body;

describe.each([
  ['forward', 3],
  ['far forward', 400],
  ['back', -3],
  ['far back', -400],
])('a clock that is set %s', (_name, days) => {
  test('deletes nothing early, keeps URLs good, and is followed once the time has really passed', async () => {
    appliance = await start();
    const before = await untilJob(appliance, await submit(fakeJob()));
    wait(3_600_000);
    set += days * day;
    await appliance.maintain();
    const after = await untilJob(appliance, await submit(fakeJob()));
    expect(await download((await find(before.jobId)).outputs[0].url)).toBe(200);
    expect(await download(before.outputs[0].url)).toBe(200);
    expect(await download(after.outputs[0].url)).toBe(200);

    wait(71 * 3_600_000);
    await appliance.maintain();
    expect((await find(after.jobId)).outputs).toHaveLength(1);
    wait(2 * 3_600_000);
    await appliance.maintain();
    expect((await find(after.jobId)).outputs).toEqual([]);
    // What was made before a step back looks younger than it is, and goes when the clock says so.
    if (days < 0) return;
    expect((await find(before.jobId)).outputs).toEqual([]);
  });

  test('forgets no idempotency key early', async () => {
    appliance = await start();
    const jobId = await submit(fakeJob(), 'once');
    set += days * day;
    await appliance.maintain();
    expect(await submit(fakeJob(), 'once')).toBe(jobId);
  });

  test('holds up neither a runner that crashed nor the jobs behind it', async () => {
    appliance = await start({ KT_JOBS_MAX_ATTEMPTS: '1' });
    const crashed = await submit(fakeJob({ ending: 'crash' }));
    expect((await untilJob(appliance, crashed)).status).toBe('failed');
    set += days * day;
    const jobId = await submit(fakeJob());
    const ticking = setInterval(() => wait(100), 100);
    expect((await untilJob(appliance, jobId, ['succeeded'], 10)).status).toBe('succeeded');
    clearInterval(ticking);
  });

  test('changes nothing in the order of those that wait', async () => {
    appliance = await start({ KT_SCHEDULER_AGING_SECONDS: '10' });
    const blocker = await submit(fakeJob({ ending: 'hang' }));
    await untilJob(appliance, blocker, ['running']);
    const patient = await submit({ ...fakeJob(), priority: 'batch' });
    wait(5_000);
    set += days * day;
    wait(30_000);
    const urgent = await submit({ ...fakeJob(), priority: 'interactive' });
    expect([(await find(patient)).queuePosition, (await find(urgent)).queuePosition]).toEqual([1, 2]);
    await appliance.call('DELETE', `/api/v1/media/jobs?jobId=${blocker}`);
    await untilJob(appliance, patient);
    await untilJob(appliance, urgent);
  });

  test('keeps places in a long queue true', async () => {
    appliance = await start();
    const blocker = await submit(fakeJob({ ending: 'hang' }));
    await untilJob(appliance, blocker, ['running']);
    const waiting: string[] = [];
    for (let i = 0; i < 12; i++) waiting.push(await submit(fakeJob()));
    wait(200);
    expect((await find(waiting[11] ?? '')).queuePosition).toBe(12);
    set += days * day;
    for (const jobId of waiting.slice(0, 2)) {
      await appliance.call('DELETE', `/api/v1/media/jobs?jobId=${jobId}`);
    }
    wait(200);
    const { queuePosition, startsInSeconds } = await find(waiting[11] ?? '');
    expect(queuePosition).toBe(10);
    expect(startsInSeconds).toBeGreaterThanOrEqual(0);
    await appliance.call('DELETE', `/api/v1/media/jobs?jobId=${blocker}`);
    for (const jobId of waiting.slice(2)) await untilJob(appliance, jobId);
  });

  test('neither opens nor closes a rate limit', async () => {
    appliance = await start({ KT_RATE_LIMIT_WRITES_PER_MINUTE: '2' });
    await submit(fakeJob());
    await submit(fakeJob());
    set += days * day;
    const refused = await appliance.call('POST', '/api/v1/media/jobs', { body: fakeJob() });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30']);
    wait(30_000);
    await submit(fakeJob());
  });

  test('delivers a webhook that was waiting, once', async () => {
    await using receiver = startWebhookReceiver();
    receiver.answer = () => new Response('not now', { status: 503 });
    appliance = await start({ KT_INPUTS_TRUSTED_ORIGINS: receiver.origin });
    const webhookUrl = `${receiver.origin}/hook`;
    await untilJob(appliance, await submit({ ...fakeJob(), webhookUrl }));
    await until(() => attemptsOnRecord() === 1);
    receiver.answer = () => new Response(null, { status: 204 });
    set += days * day;
    wait(5_000);
    // Each further delivery wakes the sender, and shows what else was due.
    await untilJob(appliance, await submit({ ...fakeJob(), webhookUrl }));
    await until(() => attemptsOnRecord() === 3);
    set -= 2 * days * day;
    await untilJob(appliance, await submit({ ...fakeJob(), webhookUrl }));
    await until(() => receiver.received.length === 4);
    const times = new Map<string | null, number>();
    for (const { headers } of receiver.received) {
      const id = headers.get('webhook-id');
      times.set(id, (times.get(id) ?? 0) + 1);
    }
    expect([...times.values()]).toEqual([2, 1, 1]);
  });

  test('leaves the uptime and a job that ran meanwhile as they are', async () => {
    appliance = await start();
    const jobId = await submit(fakeJob({ milliseconds: 150 }));
    await untilJob(appliance, jobId, ['running']);
    set += days * day;
    wait(7000);
    expect((await untilJob(appliance, jobId)).status).toBe('succeeded');
    expect((await appliance.call('GET', '/api/v1/health')).body.uptimeSeconds).toBe(7);
  });
});
