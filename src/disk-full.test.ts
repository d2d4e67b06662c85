import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from './testing/test-appliance.ts';
import { mayMount, mountTmpfs, type Tmpfs } from './testing/tmpfs.ts';

/** A data folder on a disk that really is full. Needs the right to mount one, and is skipped elsewhere. */

const modelsFolder = fakeModels('--concurrency', '1');
const diskBytes = 24 * 1024 * 1024;
const environment = {
  KT_PRICING_DRAFT_MULTIPLIER: '1',
  KT_STORAGE_LOW_WATER_BYTES: '0',
  KT_RATE_LIMIT_READS_PER_MINUTE: '1000000',
  KT_RATE_LIMIT_WRITES_PER_MINUTE: '1000000',
};

let disk: Tmpfs;
let appliance: TestAppliance;

const start = (settings: Record<string, string> = {}) =>
  startTestAppliance({
    dataFolder: disk.folder,
    modelsFolder,
    environment: { ...environment, KT_JOBS_MAX_ATTEMPTS: '2', ...settings },
  });
const filler = () => join(disk.folder, 'filler.bin');
const free = () => rmSync(filler(), { force: true });

/** Takes every byte that is left. */
function fill(): void {
  const file = openSync(filler(), 'a');
  for (let bytes = 1024 * 1024; bytes >= 1; bytes = Math.floor(bytes / 2)) {
    const piece = new Uint8Array(bytes);
    for (let written = bytes; written === bytes;) written = writeOrZero(file, piece);
  }
  closeSync(file);
}
function writeOrZero(file: number, piece: Uint8Array): number {
  try {
    return writeSync(file, piece);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return 0;
    throw error;
  }
}

const submit = (job: Parameters<typeof fakeJob>[0] = {}, key: string = crypto.randomUUID()) =>
  appliance.call('POST', '/api/v1/media/jobs', {
    body: fakeJob(job),
    headers: { 'x-idempotency-key': key },
  });
const balance = async () => (await appliance.call('GET', '/api/v1/balance')).body.balanceMicros;
const statusOf = async (jobId: string) =>
  (await appliance.call('GET', `/api/v1/media/jobs?jobId=${jobId}`)).body.status;
const cancel = (jobId: string) => appliance.call('DELETE', `/api/v1/media/jobs?jobId=${jobId}`);

async function expectEverythingRight(): Promise<void> {
  const books = await appliance.call('GET', '/api/v1/admin/ledger/check', { key: appliance.adminKey });
  expect(books.body).toEqual({ status: 'ok' });
  const { body } = await submit();
  expect((await untilJob(appliance, body.jobId)).status).toBe('succeeded');
  await appliance.stop();
  const database = new Database(join(disk.folder, 'appliance.sqlite'), { readonly: true });
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  database.close();
}

describe.skipIf(!mayMount)('a full disk', () => {
  beforeEach(async () => {
    disk = mountTmpfs(diskBytes);
    appliance = await start();
  });
  afterEach(async () => {
    free();
    await appliance.stop();
    disk[Symbol.dispose]();
  });

  test('refuses jobs with 507 and without a charge, and takes them again under the same key once there is room', async () => {
    const before = await balance();
    fill();
    const refused = await Promise.all(Array.from({ length: 20 }, (_, i) => submit({}, `key-${i}`)));
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual(
      refused.map(() => [507, 'storage_full']),
    );
    expect(await balance()).toBe(before);
    const { body: list } = await appliance.call('GET', '/api/v1/media/jobs');
    expect(list.jobs).toEqual([]);
    free();
    const taken = await Promise.all(Array.from({ length: 20 }, (_, i) => submit({}, `key-${i}`)));
    expect(taken.map(({ status }) => status)).toEqual(taken.map(() => 202));
    for (const { body } of taken) expect((await untilJob(appliance, body.jobId)).status).toBe('succeeded');
    await expectEverythingRight();
  });

  test('holds up the end of a running job, which comes when there is room, without a restart', async () => {
    const before = await balance();
    const { body: running } = await submit({ milliseconds: 300 });
    const { body: waiting } = await submit();
    await untilJob(appliance, running.jobId, ['running']);
    fill();
    await Bun.sleep(800);
    expect([await statusOf(running.jobId), await statusOf(waiting.jobId)]).toEqual(['running', 'queued']);
    free();
    const ended = await untilJob(appliance, running.jobId);
    expect(['succeeded', 'failed']).toContain(ended.status);
    expect((await untilJob(appliance, waiting.jobId)).status).toBe('succeeded');
    const prices = [ended, await untilJob(appliance, waiting.jobId)].map(({ billing }) =>
      billing.refunded ? 0 : billing.amountMicros,
    );
    expect(await balance()).toBe(before - prices.reduce((sum, price) => sum + price, 0));
    await expectEverythingRight();
  });

  test('refuses to cancel a waiting job, which waits on', async () => {
    const { body: running } = await submit({ ending: 'hang' });
    const { body: waiting } = await submit();
    await untilJob(appliance, running.jobId, ['running']);
    fill();
    expect((await cancel(waiting.jobId)).body.code).toBe('storage_full');
    expect(await statusOf(waiting.jobId)).toBe('queued');
    free();
    expect((await cancel(running.jobId)).body.status).toBe('canceled');
    expect((await untilJob(appliance, waiting.jobId)).status).toBe('succeeded');
    await expectEverythingRight();
  });

  test('does not keep it from stopping, and the next start finds every job', async () => {
    const { body: running } = await submit({ milliseconds: 200 });
    const { body: waiting } = await submit();
    await untilJob(appliance, running.jobId, ['running']);
    fill();
    await Bun.sleep(500);
    await appliance.stop();
    free();
    appliance = await start();
    for (const { jobId } of [running, waiting]) {
      expect((await untilJob(appliance, jobId)).status).toBe('succeeded');
    }
    await expectEverythingRight();
  });

  test('neither loses nor invents anything while it comes and goes under load', async () => {
    const before = await balance();
    const taken: string[] = [];
    let isOver = false;
    const client = async () => {
      while (!isOver) {
        const { status, body } = await submit({ milliseconds: 2 });
        if (status === 202) taken.push(body.jobId);
        else expect([status, body.code]).toEqual([507, 'storage_full']);
        await Bun.sleep(25);
      }
    };
    const clients = [client(), client(), client()];
    for (let round = 0; round < 3; round++) {
      await Bun.sleep(150);
      fill();
      await Bun.sleep(250);
      free();
    }
    isOver = true;
    await Promise.all(clients);
    const ended = [];
    for (const jobId of taken) ended.push(await untilJob(appliance, jobId));
    const paid = ended.filter(({ status }) => status === 'succeeded');
    expect(paid.length).toBeGreaterThan(0);
    expect(ended.filter(({ status }) => status === 'canceled')).toEqual([]);
    const charged = paid.reduce((sum, { billing }) => sum + billing.amountMicros, 0);
    expect(await balance()).toBe(before - charged);
    await expectEverythingRight();
  });
});

describe.skipIf(!mayMount)('a full disk under a part of the data folder', () => {
  test.each([
    ['logs', "a runner's log"],
    ['run', 'the note that names its process'],
  ])('%s: costs %s and nothing else', async (part) => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'kt-part-'));
    mkdirSync(join(dataFolder, part));
    using small = mountTmpfs(64 * 1024, join(dataFolder, part));
    writeFileSync(join(small.folder, 'filler.bin'), new Uint8Array(64 * 1024));
    appliance = await startTestAppliance({ dataFolder, modelsFolder, environment });
    for (const stderrBytes of [1024, 1024 * 1024, 1024]) {
      const { body } = await submit({ stderrBytes });
      expect((await untilJob(appliance, body.jobId)).status).toBe('succeeded');
    }
    await appliance.stop();
  });
});

describe.skipIf(!mayMount)('a disk that is nearly full', () => {
  test('refuses new jobs before it is full, and says so in its health', async () => {
    disk = mountTmpfs(diskBytes);
    appliance = await start({ KT_STORAGE_LOW_WATER_BYTES: String(8 * 1024 * 1024) });
    const file = openSync(filler(), 'a');
    writeSync(file, new Uint8Array(diskBytes - 8 * 1024 * 1024));
    closeSync(file);
    const health = async () => (await appliance.call('GET', '/api/v1/health')).body.status;
    expect((await submit()).body.code).toBe('storage_full');
    expect(await health()).toBe('degraded');
    free();
    expect(await health()).toBe('ok');
    await expectEverythingRight();
    disk[Symbol.dispose]();
  });
});
