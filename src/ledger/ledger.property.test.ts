import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { closeDatabase, openDatabase, type OpenDatabase } from '../db/open.ts';
import { checkLedger, LedgerBroken } from './invariants.ts';
import { createLedger, houseAccounts, type Ledger } from './ledger.ts';

let database: OpenDatabase;
let ledger: Ledger;

beforeEach(() => {
  database = openDatabase(':memory:');
  ledger = createLedger({ db: database.db, clock: () => 1 });
  ledger.openAccount('acct_a');
  ledger.openAccount('acct_b');
});
afterEach(() => closeDatabase(database));

const grant = (accountId: string, amountMicros: number, reference: string) =>
  ledger.transfer({
    debitAccountId: houseAccounts.grants,
    creditAccountId: accountId,
    amountMicros,
    code: 'grant',
    reference,
  });
const charge = (accountId: string, amountMicros: number, reference: string) =>
  ledger.transfer({
    debitAccountId: accountId,
    creditAccountId: houseAccounts.grants,
    amountMicros,
    // A charge proper belongs to a job, which the check would miss.
    code: 'grant',
    reference,
  });

describe('the ledger', () => {
  test('whatever is transferred, balances follow a plain model, add up to zero and never go below it', () => {
    const action = fc.record({
      kind: fc.constantFrom('grant' as const, 'charge' as const),
      account: fc.constantFrom('acct_a', 'acct_b'),
      amountMicros: fc.integer({ min: 0, max: 1_000 }),
      reference: fc.integer({ min: 0, max: 60 }),
    });
    let run = 0;
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        run++;
        const model = new Map([
          ['acct_a', ledger.balanceMicros('acct_a')],
          ['acct_b', ledger.balanceMicros('acct_b')],
        ]);
        for (const { kind, account, amountMicros, reference } of actions) {
          const name = `${run}:${kind}:${account}:${amountMicros}:${reference}`;
          const outcome =
            kind === 'grant' ? grant(account, amountMicros, name) : charge(account, amountMicros, name);
          const before = model.get(account) ?? 0;
          if (outcome.kind === 'exceeds_credits') expect(before).toBeLessThan(amountMicros);
          if (outcome.kind === 'created')
            model.set(account, before + (kind === 'grant' ? 1 : -1) * amountMicros);
          expect(ledger.balanceMicros(account)).toBe(model.get(account) ?? 0);
          expect(ledger.balanceMicros(account)).toBeGreaterThanOrEqual(0);
        }
        checkLedger(database.connection);
      }),
      { numRuns: 60 },
    );
  });

  test('the same reference moves money once', () => {
    expect(grant('acct_a', 500, 'g').kind).toBe('created');
    expect(grant('acct_a', 500, 'g').kind).toBe('exists');
    expect(ledger.balanceMicros('acct_a')).toBe(500);
  });

  test('the same reference with other terms is refused loudly', () => {
    grant('acct_a', 500, 'g');
    expect(() => grant('acct_a', 501, 'g')).toThrow(/other terms/);
    expect(() => grant('acct_b', 500, 'g')).toThrow(/other terms/);
  });

  test('a fraction or a negative amount is refused', () => {
    expect(() => grant('acct_a', 0.5, 'g')).toThrow(/not an amount/);
    expect(() => grant('acct_a', -1, 'g')).toThrow(/not an amount/);
  });

  test('the database itself refuses an overdraft and any change of a transfer', () => {
    grant('acct_a', 500, 'g');
    const run = (statement: string) => () => database.connection.exec(statement);
    expect(run("UPDATE ledger_accounts SET debits_micros = 501 WHERE id = 'acct_a'")).toThrow(/CHECK/);
    expect(run('UPDATE transfers SET amount_micros = 1')).toThrow(/append-only/);
    expect(run('DELETE FROM transfers')).toThrow(/append-only/);
  });

  test('a balance that was tampered with is found', () => {
    grant('acct_a', 500, 'g');
    database.connection.exec("UPDATE ledger_accounts SET credits_micros = 600 WHERE id = 'acct_a'");
    expect(() => checkLedger(database.connection)).toThrow(LedgerBroken);
  });
});
