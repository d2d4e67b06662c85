import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { closeDatabase, openDatabase, type OpenDatabase } from '../../db/open.ts';
import { createPlanStore } from '../plans/store.ts';
import { createRequestStore } from './store.ts';

/** A list takes as long as it is: an index finds its rows in their order, and nothing is sorted. */

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
function planOf(ask: (db: OpenDatabase['db']) => unknown): string[] {
  const plans: string[][] = [];
  const logQuery = (query: string, params: unknown[]) => {
    const explain = database.connection.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${query}`);
    plans.push(explain.all(...params).map(({ detail }) => detail));
  };
  ask(drizzle({ client: database.connection, logger: { logQuery } }));
  return plans.flat();
}

const before = { at: 5, id: 'x' };

test.each([undefined, before])('the messages of a conversation before %j', (place) => {
  const steps = planOf((db) => createRequestStore({ db }).ofThread('thr', { before: place, limit: 20 }));
  expect(steps).toEqual([expect.stringContaining('INDEX studio_requests_thread (thread_id=?')]);
});

test.each([
  [{}, 'studio_plans_newest (account_id=?'],
  [{ before }, 'studio_plans_newest (account_id=? AND (created_at,id)<(?,?))'],
  [{ state: 'running' }, 'studio_plans_by_state (account_id=? AND state=?'],
  [{ projectId: 'prj' }, 'studio_plans_of_project (project_id=?'],
] as const)('the plans of an account: %j', (filter, index) => {
  const steps = planOf((db) => createPlanStore({ db }).list('acct', filter, 20));
  expect(steps).toEqual([expect.stringContaining(index)]);
});
