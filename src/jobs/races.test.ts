import { afterEach, describe, expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../testing/test-appliance.ts';

/** Two things that happen to one job at the same time. */

const modelsFolder = fakeModels();
/** One process for several jobs: the next attempt need not wait for the first one's end to have a place. */
const roomyModels = fakeModels('--concurrency', '4');
let appliance: TestAppliance;
afterEach(() => appliance.stop());

const start = (environment: Record<string, string> = {}, models = modelsFolder) =>
  startTestAppliance({
    modelsFolder: models,
    environment: {
      KT_PRICING_DRAFT_MULTIPLIER: '1',
      KT_SCHEDULER_CPU_SLOTS: '4',
      KT_RATE_LIMIT_READS_PER_MINUTE: '1000000',
      ...environment,
    },
  });
async function submit(job: Parameters<typeof fakeJob>[0] = {}): Promise<string> {
  const { body } = await appliance.call('POST', '/api/v1/media/jobs', { body: fakeJob(job) });
  return body.jobId;
}
const find = async (jobId: string) =>
  (await appliance.call('GET', `/api/v1/media/jobs?jobId=${jobId}&includeDetails=1`)).body;
const cancel = (jobId: string) => appliance.call('DELETE', `/api/v1/media/jobs?jobId=${jobId}`);
const balance = async () => (await appliance.call('GET', '/api/v1/balance')).body.balanceMicros;
const checkBooks = async () =>
  expect(
    (await appliance.call('GET', '/api/v1/admin/ledger/check', { key: appliance.adminKey })).body,
  ).toEqual({ status: 'ok' });

describe('an attempt that failed', () => {
  test('is over before the next one begins, which can be canceled as the first could', async () => {
    appliance = await start({ KT_JOBS_MAX_ATTEMPTS: '10' }, roomyModels);
    const before = await balance();
    for (let round = 0; round < 5; round++) {
      const jobId = await submit({ milliseconds: 60, ending: 'internal' });
      for (let tries = 0; (await find(jobId)).attempts < 3 && tries < 500; tries++) await Bun.sleep(5);
      const { status, body } = await cancel(jobId);
      expect([status, body.status]).toEqual([200, 'canceled']);
      const { queue } = (await appliance.call('GET', '/api/v1/health')).body;
      expect(queue).toEqual({ queued: 0, running: 0 });
    }
    expect(await balance()).toBe(before);
    await checkBooks();
  });

  test('goes before the jobs that came after it', async () => {
    appliance = await start({ KT_JOBS_MAX_ATTEMPTS: '2' });
    const failing = await submit({ milliseconds: 30, ending: 'crash' });
    const later = [await submit(), await submit(), await submit()];
    await untilJob(appliance, failing);
    const ended = await Promise.all(later.map((jobId) => untilJob(appliance, jobId)));
    const { finishedAt } = await find(failing);
    for (const { startedAt } of ended) {
      expect(Date.parse(startedAt)).toBeGreaterThanOrEqual(Date.parse(finishedAt));
    }
  });
});

describe('a cancel', () => {
  test('at any moment of a job either gives the money back or comes too late, never both', async () => {
    appliance = await start();
    const before = await balance();
    const ended = [];
    for (let delayMs = 0; delayMs < 40; delayMs += 2) {
      const jobId = await submit({ milliseconds: 12 });
      await Bun.sleep(delayMs);
      const { status, body } = await cancel(jobId);
      expect([200, 409]).toContain(status);
      const job = await untilJob(appliance, jobId);
      expect(job.status).toBe(status === 200 ? 'canceled' : 'succeeded');
      if (status === 409) expect(body.code).toBe('job_finished');
      ended.push(job);
    }
    const paid = ended.filter(({ billing }) => !billing.refunded);
    const spent = paid.reduce((sum, { billing }) => sum + billing.amountMicros, 0);
    expect(await balance()).toBe(before - spent);
    await checkBooks();
  });

  test('leaves no file of a job behind', async () => {
    appliance = await start();
    const jobId = await submit({ ending: 'hang', scratchBytes: 1000 });
    await untilJob(appliance, jobId, ['running']);
    await cancel(jobId);
    expect(existsSync(join(appliance.dataFolder, 'files', 'jobs', jobId))).toBe(false);
    expect(readdirSync(join(appliance.dataFolder, 'scratch'))).toEqual([]);
  });

  test('sent many times at once cancels once', async () => {
    appliance = await start();
    const before = await balance();
    const running = await submit({ ending: 'hang' });
    const waiting = await submit();
    await untilJob(appliance, running, ['running']);
    for (const jobId of [waiting, running]) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => cancel(jobId)));
      expect(answers.some(({ status }) => status === 200)).toBe(true);
      for (const { status, body } of answers)
        expect([status, body.code]).toEqual(status === 200 ? [200, undefined] : [409, 'job_busy']);
      expect((await find(jobId)).status).toBe('canceled');
    }
    expect(await balance()).toBe(before);
    await checkBooks();
  });
});

describe('a stop', () => {
  test('in the middle of submits refuses them politely, and keeps those that it took', async () => {
    appliance = await start();
    // Nothing listens once the stop is over, so nothing is sent to it then.
    let isOver = false;
    const sending = Array.from({ length: 60 }, async (_, i) => {
      await Bun.sleep(i);
      if (isOver) return [];
      return [await appliance.call('POST', '/api/v1/media/jobs', { body: fakeJob({ milliseconds: 5 }) })];
    });
    await Bun.sleep(25);
    const { dataFolder } = appliance;
    await appliance.stop();
    isOver = true;
    const answers = (await Promise.all(sending)).flat();
    const taken = answers.filter(({ status }) => status === 202).map(({ body }) => body.jobId);
    for (const { status, body, headers } of answers) {
      if (status === 202) continue;
      expect([status, body.code]).toEqual([503, 'stopping']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(taken.length).toBeGreaterThan(0);
    expect(taken.length).toBeLessThan(60);
    appliance = await startTestAppliance({ dataFolder, modelsFolder });
    for (const jobId of taken) expect((await untilJob(appliance, jobId)).status).toBe('succeeded');
  });
});
