import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { silentLog } from '../log.ts';
import { createCleanUp, type ExpiryQuestion, selectExpired, type StoredJob } from './clean-up.ts';

const hour = 3_600_000;
const now = Date.parse('2026-01-10T00:00:00Z');
const retention = { promisedHours: 48, deleteAfterHours: 72, lowWaterBytes: 1000 };

const job = (jobId: string, ageHours: number, more: Partial<StoredJob> = {}): StoredJob => ({
  ...{ jobId, finishedAt: now - ageHours * hour, pinned: false, bytes: 100 },
  ...more,
});
const select = (jobs: StoredJob[], freeBytes = 1e9) => selectExpired({ ...retention, now, freeBytes, jobs });

describe('which outputs go', () => {
  test('those of 72 hours and more, oldest first', () => {
    expect(select([job('a', 71.9), job('b', 72), job('c', 200)])).toEqual(['c', 'b']);
  });

  test('pinned ones never', () => expect(select([job('a', 999, { pinned: true })], 0)).toEqual([]));

  test('when space is low, the oldest past their 48 hours, only as many as it takes', () => {
    const jobs = [job('young', 47.9), job('c', 49), job('b', 50), job('a', 60)];
    expect(select(jobs, 1000)).toEqual([]);
    expect(select(jobs, 850)).toEqual(['a', 'b']);
    expect(select(jobs, 0)).toEqual(['a', 'b', 'c']);
  });

  test('no promise is broken and no outdated file stays, at any age, size and free space', () => {
    const jobs = fc.array(
      fc.record({
        ...{ jobId: fc.uuid(), pinned: fc.boolean(), bytes: fc.nat(2000) },
        finishedAt: fc.integer({ min: 0, max: 100 * hour }).map((age) => now - age),
      }),
    );
    fc.assert(
      fc.property(jobs, fc.nat(3000), (stored, freeBytes) => {
        const gone = new Set(select(stored, freeBytes));
        for (const { jobId, finishedAt, pinned } of stored) {
          const age = (now - finishedAt) / hour;
          if (pinned || age < 48) expect(gone.has(jobId)).toBe(false);
          else if (age >= 72) expect(gone.has(jobId)).toBe(true);
        }
        const freed = stored.reduce(
          (sum, { jobId, bytes }) => sum + (gone.has(jobId) ? bytes : 0),
          freeBytes,
        );
        const isLow = freed < retention.lowWaterBytes;
        const couldFree = stored.some(
          (s) => !s.pinned && s.bytes > 0 && now - s.finishedAt >= 48 * hour && !gone.has(s.jobId),
        );
        expect(isLow && couldFree).toBe(false);
      }),
    );
  });
});

describe('deleting', () => {
  let root: string;
  const cleanUp = () =>
    createCleanUp({ filesRoot: join(root, 'files'), scratchRoot: join(root, 'scratch'), log: silentLog });
  const put = (path: string) => Bun.write(join(root, path), 'x');
  const namesIn = (path: string) => readdir(join(root, path)).then((names) => names.toSorted());
  const age = async (path: string, hours: number) => {
    const time = new Date(now - hours * hour);
    await utimes(join(root, path), time, time);
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'kt-clean-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  test('expired outputs go and are named; the others stay; twice is no harm', async () => {
    for (const id of ['old', 'new']) await put(`files/jobs/${id}/out/a.png`);
    const question: ExpiryQuestion = {
      ...retention,
      now,
      freeBytes: 1e9,
      jobs: [job('old', 80), job('new', 1)],
    };
    expect(await cleanUp().removeExpired(question)).toEqual(['old']);
    expect(await namesIn('files/jobs')).toEqual(['new']);
    expect(await cleanUp().removeExpired(question)).toEqual(['old']);
  });

  test("a job's inputs go alone", async () => {
    await put('files/jobs/j/in/source.png');
    await put('files/jobs/j/out/a.png');
    await cleanUp().removeInputs('j');
    await cleanUp().removeInputs('j');
    expect(await namesIn('files/jobs/j')).toEqual(['out']);
    await cleanUp().removeJob('j');
    expect(await namesIn('files/jobs')).toEqual([]);
  });

  test('an id that could mean another folder deletes nothing', async () => {
    await put('files/jobs/j/out/a.png');
    for (const id of ['..', '../jobs', '', 'j/out', '.']) {
      await expect(cleanUp().removeJob(id)).rejects.toThrow('Not a job id');
    }
    expect(await namesIn('files/jobs')).toEqual(['j']);
  });

  test('orphans are folders that nobody has touched for an hour, and no running job’s', async () => {
    for (const folder of [
      'files/staging/lost',
      'files/staging/busy',
      'scratch/crashed-aB3xYz',
      'scratch/running-Zz0kQ1',
    ]) {
      await mkdir(join(root, folder), { recursive: true });
    }
    await put('files/staging/busy/source.part');
    for (const folder of ['files/staging/lost', 'scratch/crashed-aB3xYz', 'scratch/running-Zz0kQ1'])
      await age(folder, 2);
    await age('files/staging/busy', 2); // its file is being written now
    await utimes(join(root, 'files/staging/busy/source.part'), new Date(now), new Date(now));
    const isRunning = (jobId: string) => jobId === 'running';
    expect(await cleanUp().sweepOrphans({ now, olderThanHours: 1, isRunning })).toBe(2);
    expect(await namesIn('files/staging')).toEqual(['busy']);
    expect(await namesIn('scratch')).toEqual(['running-Zz0kQ1']);
  });

  test('nothing to sweep before the first job', async () => {
    expect(await cleanUp().sweepOrphans({ now, olderThanHours: 1, isRunning: () => false })).toBe(0);
  });
});
