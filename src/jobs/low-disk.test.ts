import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hourMs } from '../clock.ts';
import { createLog } from '../log.ts';
import {
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../testing/test-appliance.ts';
import { mayMount, mountTmpfs, type Tmpfs } from '../testing/tmpfs.ts';

/** A data folder on a small disk that runs low. Needs the right to mount one, and is skipped elsewhere. */

const mebibyte = 1024 * 1024;
const modelsFolder = fakeModels();
const lowWaterBytes = 16 * mebibyte;

let disk: Tmpfs;
let appliance: TestAppliance;
let now: number;
let rounds: number;

beforeEach(async () => {
  if (!mayMount) return;
  disk = mountTmpfs(96 * mebibyte);
  now = Date.parse('2026-01-01T00:00:00Z');
  rounds = 0;
  const write = (line: string) => {
    if (line.includes('deleted early')) rounds++;
  };
  appliance = await startTestAppliance({
    dataFolder: disk.folder,
    modelsFolder,
    clock: () => now,
    log: createLog({ level: 'info', write, now: () => 0 }),
    environment: { KT_STORAGE_LOW_WATER_BYTES: String(lowWaterBytes) },
  });
});
afterEach(async () => {
  if (!mayMount) return;
  await appliance.stop();
  disk[Symbol.dispose]();
});

const submit = (job: Parameters<typeof fakeJob>[0] = {}) =>
  appliance.call('POST', '/api/v1/media/jobs', { body: fakeJob(job) });
/** A finished job that holds 8 MiB of the disk. */
async function finished(): Promise<string> {
  const output = { filename: 'output.json', text: '{}', mimeType: 'application/json', bytes: 8 * mebibyte };
  const { body } = await submit({ outputs: [output] });
  expect((await untilJob(appliance, body.jobId)).status).toBe('succeeded');
  return body.jobId;
}
const hasFiles = (jobId: string) => existsSync(join(disk.folder, 'files', 'jobs', jobId, 'out'));
/** Takes so much of the disk that this is free. */
function fillUpTo(freeBytes: number): void {
  const { bavail, bsize } = statfsSync(disk.folder);
  writeFileSync(join(disk.folder, 'filler.bin'), new Uint8Array(bavail * bsize - freeBytes));
}

describe.skipIf(!mayMount)('a submit on a disk below its low-water mark', () => {
  test('is taken where the oldest outputs past their promise make room, and no more of them go than must', async () => {
    const oldest = await finished();
    now += hourMs;
    const old = await finished();
    now += 47.5 * hourMs;
    const young = await finished();
    fillUpTo(lowWaterBytes - 4 * mebibyte);
    now += hourMs;
    expect((await submit()).status).toBe(202);
    expect([oldest, old, young].map(hasFiles)).toEqual([false, true, true]);
    // What is gone is known to be gone.
    const poll = await appliance.call('GET', `/api/v1/media/jobs?jobId=${oldest}`);
    expect(poll.body.downloadableOutputUrls).toEqual([]);
  });

  test('is refused where all of them are not enough; what is still promised stays', async () => {
    const old = await finished();
    now += 49 * hourMs;
    const young = await finished();
    fillUpTo(4 * mebibyte);
    const refused = await submit();
    expect([refused.status, refused.body.code]).toEqual([507, 'storage_full']);
    expect([old, young].map(hasFiles)).toEqual([false, true]);
    rmSync(join(disk.folder, 'filler.bin'));
    expect((await submit()).status).toBe(202);
  });

  test('shares the deletion with those that come at the same time', async () => {
    const old = [await finished(), await finished()];
    now += 49 * hourMs;
    fillUpTo(lowWaterBytes - 4 * mebibyte);
    const taken = await Promise.all(Array.from({ length: 20 }, () => submit()));
    expect(taken.map(({ status }) => status)).toEqual(taken.map(() => 202));
    expect(old.map(hasFiles)).toEqual([false, true]);
    expect(rounds).toBe(1);
  });
});
