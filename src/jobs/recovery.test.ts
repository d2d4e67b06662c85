import { describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { DataFolderTaken } from '../db/hold-data-folder.ts';
import { checkLedger } from '../ledger/invariants.ts';
import {
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../testing/test-appliance.ts';

const modelsFolder = fakeModels();
const environment = { KT_PRICING_DRAFT_MULTIPLIER: '1' };
const start = (dataFolder?: string, more: Record<string, string> = {}) =>
  startTestAppliance({
    modelsFolder,
    environment: { ...environment, ...more },
    ...(dataFolder === undefined ? {} : { dataFolder }),
  });

async function submit(appliance: TestAppliance, job: Parameters<typeof fakeJob>[0] = {}): Promise<string> {
  const { status, body } = await appliance.call('POST', '/api/v1/media/jobs', { body: fakeJob(job) });
  expect(status).toBe(202);
  return body.jobId;
}
const find = async (appliance: TestAppliance, jobId: string) =>
  (await appliance.call('GET', `/api/v1/media/jobs?jobId=${jobId}&includeDetails=1`)).body;
const balance = async (appliance: TestAppliance) =>
  (await appliance.call('GET', '/api/v1/balance')).body.balanceMicros;

/** What the database of a stopped appliance says, or is made to say. */
function inDatabase<T>(dataFolder: string, work: (database: Database.Database) => T): T {
  const database = new Database(join(dataFolder, 'appliance.sqlite'));
  try {
    return work(database);
  } finally {
    database.close();
  }
}
const transfersOf = (dataFolder: string, jobId: string) =>
  inDatabase(dataFolder, (database) =>
    database
      .prepare("SELECT code FROM transfers WHERE reference LIKE '%:' || ? ORDER BY id")
      .pluck()
      .all(jobId),
  );
/** As if the process had been killed in the job's first attempt, and so many times before. */
function pretendKilled(dataFolder: string, jobId: string, interruptions: number): void {
  const change = "status = 'running', attempts = 1, started_at = created_at, interruptions = ?";
  inDatabase(dataFolder, (database) =>
    database.prepare(`UPDATE jobs SET ${change} WHERE id = ?`).run(interruptions, jobId),
  );
}
const expectRightBooks = (dataFolder: string) =>
  expect(() => inDatabase(dataFolder, checkLedger)).not.toThrow();

describe('stopping with a running job', () => {
  test('puts it back into the queue without counting the attempt, and the next start finishes it', async () => {
    const first = await start();
    const before = await balance(first);
    const jobId = await submit(first, { milliseconds: 60_000 });
    await untilJob(first, jobId, ['running']);
    await first.stop();
    const row = inDatabase(first.dataFolder, (database) =>
      database.prepare('SELECT status, attempts, effective_input AS input FROM jobs').get(),
    );
    expect(row).toMatchObject({ status: 'queued', attempts: 0 });
    // The same job, but one that ends.
    inDatabase(first.dataFolder, (database) =>
      database.prepare("UPDATE jobs SET effective_input = replace(effective_input, '60000', '1')").run(),
    );
    const second = await start(first.dataFolder);
    expect(await untilJob(second, jobId)).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(await balance(second)).toBe(before - (await find(second, jobId)).billing.amountMicros);
    await second.stop();
    expect(transfersOf(first.dataFolder, jobId)).toEqual(['charge']);
    expectRightBooks(first.dataFolder);
  });

  test('any number of stops never uses up its attempts', async () => {
    let appliance = await start();
    const jobId = await submit(appliance, { milliseconds: 60_000 });
    for (let round = 0; round < 3; round++) {
      await untilJob(appliance, jobId, ['running']);
      await appliance.stop();
      appliance = await start(appliance.dataFolder);
    }
    expect((await untilJob(appliance, jobId, ['running'])).attempts).toBe(1);
    await appliance.call('DELETE', `/api/v1/media/jobs?jobId=${jobId}`);
    await appliance.stop();
    expectRightBooks(appliance.dataFolder);
  });

  test('lets it finish where the grace is long enough', async () => {
    const first = await start(undefined, { KT_SHUTDOWN_GRACE_SECONDS: '20' });
    const jobId = await submit(first, { milliseconds: 300, progressSteps: 3 });
    while ((await find(first, jobId)).progress.step === 0) await Bun.sleep(5);
    await first.stop();
    const second = await start(first.dataFolder);
    expect(await find(second, jobId)).toMatchObject({ status: 'succeeded', attempts: 1 });
    await second.stop();
  });
});

describe('queued jobs', () => {
  test('keep their order over a restart', async () => {
    const first = await start();
    const blocker = await submit(first, { ending: 'hang' });
    await untilJob(first, blocker, ['running']);
    const waiting: string[] = [];
    for (let i = 0; i < 5; i++) waiting.push(await submit(first));
    await first.stop();
    const second = await start(first.dataFolder);
    const position = async (jobId: string) => (await find(second, jobId)).queuePosition;
    await untilJob(second, blocker, ['running']);
    expect(await Promise.all(waiting.map(position))).toEqual([1, 2, 3, 4, 5]);
    await second.call('DELETE', `/api/v1/media/jobs?jobId=${blocker}`);
    const ended = await Promise.all(waiting.map((jobId) => untilJob(second, jobId)));
    const startTimes = ended.map(({ startedAt }) => Date.parse(startedAt));
    expect(startTimes).toEqual(startTimes.toSorted((a, b) => a - b));
    await second.stop();
    expectRightBooks(first.dataFolder);
  });

  test('of a model that is gone fail, are refunded and say so', async () => {
    const first = await start();
    const before = await balance(first);
    const blocker = await submit(first, { ending: 'hang' });
    const jobId = await submit(first);
    await first.stop();
    inDatabase(first.dataFolder, (database) => database.prepare("UPDATE jobs SET model = 'gone'").run());
    const second = await start(first.dataFolder);
    for (const id of [blocker, jobId]) {
      expect(await find(second, id)).toMatchObject({
        status: 'failed',
        error: { code: 'model_not_installed' },
      });
    }
    expect(await balance(second)).toBe(before);
    await second.stop();
    expectRightBooks(first.dataFolder);
  });
});

describe('a job that ran when the appliance was killed', () => {
  async function killAfter(interruptions: number) {
    const first = await start();
    const before = await balance(first);
    const jobId = await submit(first, { ending: 'hang' });
    await untilJob(first, jobId, ['running']);
    await first.stop();
    inDatabase(first.dataFolder, (database) =>
      database.prepare(`UPDATE jobs SET effective_input = replace(effective_input, 'hang', 'succeed')`).run(),
    );
    pretendKilled(first.dataFolder, jobId, interruptions);
    return { dataFolder: first.dataFolder, jobId, before };
  }

  test('for the third time fails, and is refunded exactly once over any number of starts', async () => {
    const { dataFolder, jobId, before } = await killAfter(2);
    for (let round = 0; round < 3; round++) {
      const appliance = await start(dataFolder);
      expect(await find(appliance, jobId)).toMatchObject({
        ...{ status: 'failed', attempts: 0, interruptions: 3 },
        ...{ error: { code: 'exited', message: expect.stringContaining('died 3 times') } },
        billing: { refunded: true },
      });
      expect(await balance(appliance)).toBe(before);
      await appliance.stop();
    }
    expect(transfersOf(dataFolder, jobId)).toEqual(['charge', 'refund']);
    expectRightBooks(dataFolder);
  });

  test('for the second time runs again, and has lost no attempt', async () => {
    const { dataFolder, jobId } = await killAfter(1);
    const appliance = await start(dataFolder, { KT_JOBS_MAX_ATTEMPTS: '1' });
    expect(await untilJob(appliance, jobId)).toMatchObject({
      ...{ status: 'succeeded', attempts: 1, interruptions: 2 },
    });
    await appliance.stop();
    expect(transfersOf(dataFolder, jobId)).toEqual(['charge']);
  });
});

describe('a data folder', () => {
  test('is held by one appliance at a time, and free again when that has stopped', async () => {
    const first = await start();
    await expect(start(first.dataFolder)).rejects.toThrow(DataFolderTaken);
    expect((await first.call('GET', '/api/v1/health')).body.status).toBe('ok');
    await first.stop();
    await first.stop();
    const second = await start(first.dataFolder);
    expect((await second.call('GET', '/api/v1/balance')).status).toBe(200);
    await second.stop();
  });

  test('is looked through without reading what its jobs hold', async () => {
    const first = await start();
    const done = await submit(first);
    await untilJob(first, done);
    await first.stop();
    inDatabase(first.dataFolder, (database) => database.exec("UPDATE jobs SET effective_input = 'not JSON'"));
    const second = await start(first.dataFolder);
    expect(existsSync(join(first.dataFolder, 'files', 'jobs', done, 'out'))).toBe(true);
    await second.stop();
  });

  test('is rid of what a crash left, and of nothing else', async () => {
    const first = await start();
    const done = await submit(first);
    const { downloadableOutputUrls } = await untilJob(first, done);
    const blocker = await submit(first, { ending: 'hang' });
    await untilJob(first, blocker, ['running']);
    const waiting = await submit(first);
    await first.stop();
    const path = (...parts: string[]) => join(first.dataFolder, ...parts);
    const leave = (...folder: string[]) => {
      mkdirSync(path(...folder), { recursive: true });
      writeFileSync(path(...folder, 'left.bin'), 'left');
    };
    leave('scratch', `${blocker}-aB3xYz`, 'out');
    leave('files', 'staging', 'half-a-request');
    leave('files', 'jobs', 'job_ffffffffffffffffffffffff', 'out');
    leave('files', 'jobs', done, 'in');
    leave('files', 'jobs', waiting, 'in');
    // No job's name: somebody else's, and no reason not to start.
    leave('files', 'jobs', '.snapshot');
    writeFileSync(path('files', 'jobs', 'a note.txt'), 'mine');

    const second = await start(first.dataFolder);
    expect(readdirSync(path('files', 'staging'))).toEqual([]);
    expect(existsSync(path('scratch', `${blocker}-aB3xYz`))).toBe(false);
    expect(existsSync(path('files', 'jobs', 'job_ffffffffffffffffffffffff'))).toBe(false);
    expect(existsSync(path('files', 'jobs', done, 'in'))).toBe(false);
    expect(existsSync(path('files', 'jobs', waiting, 'in', 'left.bin'))).toBe(true);
    expect(existsSync(path('files', 'jobs', '.snapshot', 'left.bin'))).toBe(true);
    const file = await second.app.handle(new Request(downloadableOutputUrls[0]));
    expect([file.status, await file.text()]).toEqual([200, '{}']);
    for (const jobId of [waiting, blocker]) await second.call('DELETE', `/api/v1/media/jobs?jobId=${jobId}`);
    await second.stop();
  });
});
