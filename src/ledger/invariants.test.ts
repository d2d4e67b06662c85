import { expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { closeDatabase, openDatabase } from '../db/open.ts';
import { checkLedger } from './invariants.ts';

test('the check looks jobs and transfers up by an index, so that it grows no faster than they do', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'kt-invariants-')), 'appliance.sqlite');
  closeDatabase(openDatabase(path));
  const queries: unknown[] = [];
  const database = new Database(path, { verbose: (query) => queries.push(query) });
  checkLedger(database);
  const steps = [...queries].flatMap((query) =>
    database
      .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${String(query)}`)
      .all()
      .map(({ detail }) => detail),
  );
  database.close();
  const joins = steps.filter((step) => step.includes('LEFT-JOIN'));
  expect(joins.length).toBeGreaterThan(3);
  expect(joins.filter((step) => !step.startsWith('SEARCH'))).toEqual([]);
});
