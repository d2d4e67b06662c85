import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { closeDatabase, openDatabase, type OpenDatabase } from '../db/open.ts';
import { createJobStore, type JobStore } from './store.ts';

/** A list takes as long as it is, however many jobs there are: an index finds its jobs, in their order. */

let folder: string;
let database: OpenDatabase;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kt-lists-'));
  database = openDatabase(join(folder, 'appliance.sqlite'));
});
afterEach(() => {
  closeDatabase(database);
  rmSync(folder, { recursive: true });
});

/** The steps by which SQLite answers what `ask` asks for. */
function planOf(ask: (store: JobStore) => unknown): string[] {
  const plans: string[][] = [];
  const logQuery = (query: string, params: unknown[]) => {
    const explain = database.connection.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${query}`);
    plans.push(explain.all(...params).map(({ detail }) => detail));
  };
  const db = drizzle({ client: database.connection, logger: { logQuery } });
  ask(createJobStore(db));
  return plans.flat();
}

test.each([
  [{}, 'jobs_account (account_id=?)'],
  [{ beforeSequence: 100 }, 'jobs_account (account_id=? AND sequence<?)'],
  [{ task: 'image.edit' }, 'jobs_account_task (account_id=? AND task=?)'],
  [{ status: 'queued' }, 'jobs_open (status=?)'],
  [{ status: 'running', beforeSequence: 100 }, 'jobs_open (status=? AND sequence<?)'],
  [{ status: 'succeeded' }, 'jobs_account_ended (account_id=? AND status=?)'],
  [
    { status: 'failed', beforeSequence: 100 },
    'jobs_account_ended (account_id=? AND status=? AND sequence<?)',
  ],
  [{ status: 'canceled' }, 'jobs_account_ended (account_id=? AND status=?)'],
] as const)('a list of %j', (filter, index) => {
  expect(planOf((store) => store.list('acct_a', filter, 20))).toEqual([`SEARCH jobs USING INDEX ${index}`]);
});

test('a start asks for the open jobs, and reads no other', () => {
  const plan = planOf((store) => store.open());
  expect(plan[0]).toMatch(/USING INDEX jobs_open/);
});
