import { expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { closeDatabase, openDatabase } from '../db/open.ts';
import { fiveDollars, openPurchases } from '../testing/test-purchases.ts';
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

test.each([
  [
    'a purchase that says it is settled and was not credited',
    "UPDATE purchases SET state = 'settled', settled_at = 1 WHERE state = 'open'",
    /pur_\w+ is settled without a credit of 5000000/,
  ],
  [
    'a credit without its purchase',
    `INSERT INTO transfers (debit_account_id, credit_account_id, amount_micros, code, reference, created_at)
      VALUES ('house:stripe', 'house:grants', 0, 'purchase', 'purchase:pur_x', 1)`,
    /purchase:pur_x is no transfer of a purchase/,
  ],
  [
    'a reversal that went to another account',
    `INSERT INTO transfers (debit_account_id, credit_account_id, amount_micros, code, reference, created_at)
      SELECT 'house:grants', 'house:stripe', 0, 'reversal', 'reversal:' || id || ':9', 1 FROM purchases`,
    /reversal:pur_\w+:9 is no transfer of a purchase/,
  ],
  [
    'a purchase of which more is reversed than was taken',
    "UPDATE purchases SET reversed_micros = reversed_micros + 1 WHERE state = 'settled'",
    /pur_\w+ has 2000001 reversed and 0 lost, its transfers say 2000000 and 0/,
  ],
  [
    'a purchase whose loss is not in the books',
    "UPDATE purchases SET lost_micros = 1 WHERE state = 'settled'",
    /pur_\w+ has 2000000 reversed and 1 lost, its transfers say 2000000 and 0/,
  ],
])('the check finds %s', (_what, change, problem) => {
  const parts = openPurchases();
  const accountId = parts.openAccount();
  const { id } = parts.purchases.open({ accountId, ...fiveDollars });
  parts.purchases.open({ accountId, ...fiveDollars });
  parts.purchases.settle(id);
  parts.purchases.refunded(id, 200);
  checkLedger(parts.database.connection);
  parts.database.connection.exec(change);
  expect(() => checkLedger(parts.database.connection)).toThrow(problem);
  parts.close();
});
