import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { linkSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { hourMs } from '../clock.ts';
import { closeDatabase, openDatabase, type OpenDatabase } from '../db/open.ts';
import { createWriter } from '../db/writer.ts';
import { silentLog } from '../log.ts';
import { createCleanUp } from '../storage/clean-up.ts';
import { freeBytes } from '../storage/disk-space.ts';
import { jobFolder } from '../storage/folders.ts';
import { expireOutputs } from './expire-outputs.ts';
import { createJobStore } from './store.ts';

const now = Date.parse('2026-01-10T00:00:00Z');
/** More than the disk's free space could change by while the test runs. */
const huge = 2 ** 43;

let filesRoot: string;
let database: OpenDatabase;
beforeEach(() => {
  filesRoot = mkdtempSync(join(tmpdir(), 'kt-expire-'));
  database = openDatabase(join(filesRoot, 'appliance.sqlite'));
  database.connection.pragma('foreign_keys = OFF');
});
afterEach(() => {
  closeDatabase(database);
  rmSync(filesRoot, { recursive: true });
});

const nameOf = (ageHours: number) => `job-${Math.round(ageHours * 1000)}`;
/** Jobs that succeeded `ages` hours ago, named by their age; each with two outputs, huge together. */
function insert(ages: readonly number[], outputs = `[{"bytes":${huge / 4}},{"bytes":${(huge * 3) / 4}}]`) {
  const statement = database.connection.prepare(`INSERT INTO jobs (id, account_id, task, engine, model, draft,
    status, priority, effective_input, input_adjustments, list_micros, amount_micros, price_basis, workload_units,
    origin, created_at, finished_at, outputs) VALUES (?, 'a', 't', 'embedded', 'm', 0, 'succeeded', 'standard',
    '{}', '[]', 0, 0, '[]', 1, '', 1, ?, ?)`);
  database.connection.transaction(() => {
    for (const age of ages) statement.run(nameOf(age), Math.round(now - age * hourMs), outputs);
  })();
}

const expire = (freeBytesWanted = 0) =>
  expireOutputs(
    {
      store: createJobStore(database.db),
      writer: createWriter(database),
      cleanUp: createCleanUp({ filesRoot, scratchRoot: join(filesRoot, 'scratch'), log: silentLog }),
      clock: () => now,
      retentionClock: () => now,
      rules: {
        ...{
          profile: 'embedded',
          gpuModels: new Map(),
          attemptsMax: 2,
          interruptionsMax: 3,
          queuedMax: 1,
          queuedPerAccountMax: 1,
        },
        ...{ streamsPerAccountMax: 1, promiseHours: 48, deleteHours: 72, lowWaterBytes: 0, filesRoot },
      },
    },
    freeBytesWanted,
  );
/** Those that are marked as gone, oldest first. */
const gone = () =>
  database.connection
    .prepare('SELECT id FROM jobs WHERE files_removed_at IS NOT NULL ORDER BY finished_at')
    .pluck()
    .all();
const named = (ages: readonly number[]) => ages.map(nameOf);
const agesFrom = (oldest: number, count: number) =>
  Array.from({ length: count }, (_, i) => oldest - i / 1000);

describe('expiry', () => {
  test('takes what is past its time, however much, and only looks at that', async () => {
    const old = agesFrom(90, 1500);
    insert(old);
    // Whoever reads the outputs of one of these fails.
    insert(agesFrom(71.9, 1500), 'not JSON');
    expect(await expire()).toBe(old.length);
    expect(gone()).toEqual(named(old));
    expect(await expire()).toBe(0);
  });

  test('finds them by the index of those that have files', () => {
    const queries: { query: string; params: unknown[] }[] = [];
    const logger = { logQuery: (query: string, params: unknown[]) => queries.push({ query, params }) };
    const store = createJobStore(drizzle({ client: database.connection, logger }));
    store.withFiles({ finishedBy: now, after: { finishedAt: 0, sequence: 0 }, limit: 10 });
    const { query = '', params = [] } = queries[0] ?? {};
    const plan = database.connection
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${query}`)
      .all(...params)
      .map(({ detail }) => detail);
    expect(plan[0]).toContain('USING INDEX jobs_with_files (finished_at>? AND finished_at<?)');
    expect(plan.filter((step) => step.includes('ORDER BY'))).toEqual([]);
  });

  test('below the mark takes the oldest past their promise too, as many as it must, over pages', async () => {
    const [old, promised, young] = [agesFrom(72, 1), agesFrom(71.9, 450), agesFrom(47.9, 5)];
    for (const ages of [young, promised, old]) insert(ages);
    expect(await expire(freeBytes(filesRoot) + 400.5 * huge)).toBe(401);
    expect(gone()).toEqual(named([...old, ...promised.slice(0, 400)]));
    expect(await expire(freeBytes(filesRoot) + 400 * huge)).toBe(50);
    expect(gone()).toEqual(named([...old, ...promised]));
  });

  test('below the mark counts on nothing that is kept by another name, and leaves it until its time', async () => {
    const [old, kept, plain] = [agesFrom(72, 1), agesFrom(71.9, 1), agesFrom(71.8, 2)];
    // Sparse: the disk need not have room for them.
    for (const age of [...old, ...kept, ...plain]) writeOutput(nameOf(age));
    for (const age of [...old, ...kept])
      linkSync(outputOf(nameOf(age)), join(filesRoot, `kept-${nameOf(age)}`));
    insert([...old, ...kept, ...plain], `[{"bytes":${size}}]`);
    expect(await expire(freeBytes(filesRoot) + size / 2)).toBe(2);
    expect(gone()).toEqual(named([...old, ...plain.slice(0, 1)]));
  });
});

/** Of a file of which the disk holds nothing: more than its free space could change by while the test runs. */
const size = 2 ** 40;
const outputOf = (jobId: string) => join(jobFolder(filesRoot, jobId, 'out'), 'image.png');

function writeOutput(jobId: string): void {
  mkdirSync(jobFolder(filesRoot, jobId, 'out'), { recursive: true });
  writeFileSync(outputOf(jobId), '');
  truncateSync(outputOf(jobId), size);
}
