import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { DatabaseUnusable } from '../db/open.ts';
import { createLog } from '../log.ts';
import { startTestAppliance } from '../testing/test-appliance.ts';
import { until } from '../testing/until.ts';

/** A database that is too large to be read to its end before anybody is answered. */

const root = mkdtempSync(join(tmpdir(), 'kt-whole-'));
const good = join(root, 'good');
const databaseOf = (folder: string) => join(folder, 'appliance.sqlite');
const pageBytes = 4096;
/** Of a page in the midst of what was filled in, and of the first of the jobs. */
let pages: { filled: number; jobs: number };

beforeAll(async () => {
  const { stop } = await startTestAppliance({ dataFolder: good });
  await stop();
  const database = new Database(databaseOf(good));
  database.exec(`CREATE TABLE filled (bytes BLOB);
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 12000)
    INSERT INTO filled SELECT zeroblob(1000) FROM numbers`);
  const first = database
    .prepare<[], number>("SELECT rootpage FROM sqlite_schema WHERE name = 'jobs'")
    .pluck();
  pages = {
    filled: Number(database.pragma('page_count', { simple: true })) - 1000,
    jobs: Number(first.get()),
  };
  database.close();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder of one's own whose database has noise in this page, counted from 1. */
function withNoiseIn(page: number | null): string {
  const folder = mkdtempSync(join(root, 'used-'));
  cpSync(good, folder, { recursive: true });
  const bytes = readFileSync(databaseOf(folder));
  if (page !== null) bytes.fill(0xa5, (page - 1) * pageBytes, page * pageBytes);
  writeFileSync(databaseOf(folder), bytes);
  return folder;
}

/** Starts it, waits until it has logged `message`, and asks for its health. */
async function healthAfter(dataFolder: string, message: string): Promise<unknown> {
  const lines: string[] = [];
  const log = createLog({ level: 'info', now: () => 0, write: (line) => lines.push(line) });
  const appliance = await startTestAppliance({ dataFolder, log });
  await until(() => lines.some((line) => line.includes(message)));
  const { body } = await appliance.call('GET', '/api/v1/health');
  await appliance.stop();
  return body;
}

describe('a large database', () => {
  test('that is whole is found so while the appliance works', async () => {
    const body = await healthAfter(withNoiseIn(null), 'the database is whole');
    expect(body).toMatchObject({ status: 'ok', reasons: [] });
  });

  test('with noise in its midst is found damaged, and the health says so', async () => {
    const body = await healthAfter(withNoiseIn(pages.filled), 'the database is damaged');
    const reasons = [expect.stringMatching(/^The database is damaged \(.+\)\. Stop the appliance/)];
    expect(body).toMatchObject({ status: 'degraded', reasons });
  });

  test('with noise where a table begins stops the start', async () => {
    await expect(startTestAppliance({ dataFolder: withNoiseIn(pages.jobs) })).rejects.toThrow(/is damaged/);
  });

  test('that was cut short stops the start', async () => {
    const dataFolder = withNoiseIn(null);
    truncateSync(databaseOf(dataFolder), 9 * 1024 * 1024);
    const refused = await startTestAppliance({ dataFolder }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DatabaseUnusable);
    expect(String(refused)).toMatch(/appliance\.sqlite is damaged \(.*\)\. Nothing was changed/);
  });

  test('has its pages in the log alone after an end in the middle, which is no damage', async () => {
    const folder = withNoiseIn(null);
    const database = new Database(databaseOf(folder));
    // As an end in the middle leaves it: the log was not folded into the file.
    database.exec('PRAGMA wal_autocheckpoint = 0; CREATE TABLE more AS SELECT * FROM filled');
    const crashed = mkdtempSync(join(root, 'crashed-'));
    cpSync(folder, crashed, { recursive: true });
    database.close();
    const body = await healthAfter(crashed, 'the database is whole');
    expect(body).toMatchObject({ status: 'ok', reasons: [] });
  });
});
