import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { checkLedger } from '../ledger/invariants.ts';
import { fiveDollars, openPurchases, type TestPurchases } from '../testing/test-purchases.ts';

let parts: TestPurchases;
let accountId: string;
beforeEach(() => {
  parts = openPurchases();
  accountId = parts.openAccount();
});
afterEach(() => {
  checkLedger(parts.database.connection);
  parts.close();
});

const open = (changes: Partial<Parameters<TestPurchases['purchases']['open']>[0]> = {}) =>
  parts.purchases.open({ accountId, ...fiveDollars, ...changes }).id;
const settled = (changes = {}) => {
  const id = open(changes);
  parts.purchases.settle(id);
  return id;
};
const balance = () => parts.ledger.balanceMicros(accountId);
const account = () => parts.identity.account(accountId);

describe('a purchase', () => {
  test('is credited once, however often it is settled', () => {
    const id = open();
    expect(balance()).toBe(0);
    expect(parts.purchases.settle(id)).toBe('settled');
    expect(parts.purchases.settle(id)).toBe('already');
    expect(balance()).toBe(5_000_000);
    expect(parts.ledger.balanceMicros('house:stripe')).toBe(-5_000_000);
    expect(parts.find(id)).toMatchObject({ state: 'settled', settledAt: 1_700_000_000_000 });
  });

  test('that was closed is credited all the same when the money comes, and is closed no more', () => {
    const id = open();
    expect(parts.purchases.close(id, 'expired')).toBe(true);
    expect(parts.purchases.close(id, 'again')).toBe(false);
    expect(parts.find(id)).toMatchObject({ state: 'closed', closedReason: 'expired' });
    parts.purchases.settle(id);
    expect(parts.purchases.close(id, 'expired')).toBe(false);
    expect(parts.find(id)).toMatchObject({ state: 'settled', closedReason: null, closedAt: null });
    expect(balance()).toBe(5_000_000);
  });

  test('is one for a request that is repeated, until the provider has answered', () => {
    const first = open({ requestSha256: 'aa' });
    expect(open({ requestSha256: 'aa' })).toBe(first);
    expect(open({ requestSha256: 'bb' })).not.toBe(first);
    expect(open({ requestSha256: 'aa', accountId: parts.openAccount() })).not.toBe(first);
    parts.store.update(first, { providerId: 'cs_1' });
    expect(open({ requestSha256: 'aa' })).not.toBe(first);
  });

  test("can't be unsettled, and can't be deleted, not even by hand in the database", () => {
    const id = settled();
    const run = (statement: string) => () => parts.database.connection.exec(statement);
    expect(run(`UPDATE purchases SET state = 'open', settled_at = NULL WHERE id = '${id}'`)).toThrow(/stays/);
    expect(run('DELETE FROM purchases')).toThrow(/kept/);
  });
});

describe('a refund', () => {
  test('takes back its share of the credit, by all that was refunded and not by each message', () => {
    const id = settled();
    parts.purchases.refunded(id, 200);
    parts.purchases.refunded(id, 200);
    expect(balance()).toBe(3_000_000);
    parts.purchases.refunded(id, 500);
    expect(balance()).toBe(0);
    expect(parts.find(id)).toMatchObject({ refundedUsdCents: 500, reversedMicros: 5_000_000, lostMicros: 0 });
    expect(parts.audit.list({ subject: id, limit: 9 }).map(({ action }) => action)).toEqual([
      'purchase.adjust',
      'purchase.adjust',
    ]);
  });

  test('of what was spent is our loss, and never makes a debt', () => {
    const id = settled();
    parts.spend(accountId, 4_500_000, 'spent');
    parts.purchases.refunded(id, 200);
    expect(balance()).toBe(0);
    expect(parts.find(id)).toMatchObject({ reversedMicros: 2_000_000, lostMicros: 1_500_000 });
    expect(parts.ledger.balanceMicros('house:losses')).toBe(-1_500_000);
  });

  test('that failed gives back what was taken, our loss first', () => {
    const id = settled();
    parts.spend(accountId, 4_000_000, 'spent');
    parts.purchases.refunded(id, 500);
    parts.purchases.refunded(id, 0);
    expect(balance()).toBe(1_000_000);
    expect(parts.find(id)).toMatchObject({ reversedMicros: 0, lostMicros: 0, adjustments: 2 });
    expect(parts.ledger.balanceMicros('house:losses')).toBe(0);
  });

  test('that is told of before the payment leaves what remains, and referrals hear of it as one change', () => {
    const id = open();
    parts.purchases.refunded(id, 200);
    expect(parts.changes).toEqual([]);
    parts.purchases.settle(id);
    expect(balance()).toBe(3_000_000);
    expect(parts.changes.map(({ reversedMicros }) => reversedMicros)).toEqual([2_000_000]);
  });

  test('of more than the price, or beside a dispute of the same money, takes the credit once', () => {
    const id = settled();
    parts.purchases.refunded(id, 9_999);
    parts.purchases.disputed(id, 500);
    expect(parts.find(id)).toMatchObject({
      ...{ refundedUsdCents: 500, disputedUsdCents: 500, reversedMicros: 5_000_000 },
    });
    expect(balance()).toBe(0);
  });

  test('of a purchase so large that its shares pass what a number holds exactly takes all of it and no more', () => {
    const priceUsdCents = 352_416;
    const creditMicros = 989_290_999_427;
    expect(Math.ceil((creditMicros * priceUsdCents) / priceUsdCents)).not.toBe(creditMicros);
    const id = settled({ priceUsdCents, creditMicros });
    parts.purchases.refunded(id, priceUsdCents);
    expect(parts.find(id).reversedMicros).toBe(creditMicros);
    expect(balance()).toBe(0);
  });
});

describe('a dispute', () => {
  test('takes the credit and disables the account; won, both come back', () => {
    const id = settled();
    parts.purchases.disputed(id, 500);
    expect([balance(), account()?.disabledReason]).toEqual([0, 'payment_disputed']);
    parts.purchases.disputed(id, 0);
    expect([balance(), account()?.disabledAt, account()?.disabledReason]).toEqual([5_000_000, null, null]);
    const actions = parts.audit.list({ subject: accountId, limit: 9 }).map(({ action }) => action);
    expect(actions).toEqual(['account.enable', 'account.disable']);
  });

  test('that is won leaves the account disabled while another one is not', () => {
    const [first, second] = [settled(), settled()];
    parts.purchases.disputed(first, 500);
    parts.purchases.disputed(second, 500);
    parts.purchases.disputed(first, 0);
    expect(account()?.disabledReason).toBe('payment_disputed');
    parts.purchases.disputed(second, 0);
    expect(account()?.disabledReason).toBeNull();
  });

  test('does not enable an account that an operator disabled for another reason', () => {
    const id = settled();
    parts.identity.updateAccount(accountId, { disabledAt: 1, disabledReason: 'abuse' });
    parts.purchases.disputed(id, 500);
    parts.purchases.disputed(id, 0);
    expect(account()).toMatchObject({ disabledAt: 1, disabledReason: 'abuse' });
  });

  test('that is told of again does not disable an account that an operator has enabled since', () => {
    const id = settled();
    parts.purchases.disputed(id, 500);
    parts.identity.updateAccount(accountId, { disabledAt: null, disabledReason: null });
    parts.purchases.disputed(id, 500);
    expect(account()?.disabledAt).toBeNull();
  });

  test('never locks the operator out', () => {
    accountId = parts.openAccount('admin');
    parts.purchases.disputed(settled(), 500);
    expect(account()?.disabledAt).toBeNull();
  });

  test('disables nobody where the settings say so', () => {
    parts.close();
    parts = openPurchases({ environment: { KT_PAYMENTS_SUSPEND_ON_DISPUTE: 'false' } });
    accountId = parts.openAccount();
    parts.purchases.disputed(settled(), 500);
    expect([balance(), account()?.disabledAt]).toEqual([0, null]);
  });
});

describe('lists', () => {
  test('go through purchases of one moment page by page, losing none', () => {
    const ids = Array.from({ length: 7 }, () => open());
    parts.purchases.settle(ids[3] ?? '');
    const seen: string[] = [];
    for (;;) {
      const last = seen.at(-1);
      const before = last === undefined ? {} : { before: parts.find(last) };
      const page = parts.store.list({ accountId, ...before, limit: 3 });
      if (page.length === 0) break;
      seen.push(...page.map(({ id }) => id));
    }
    expect(seen).toEqual(ids.toSorted().toReversed());
    expect(parts.store.list({ state: 'settled', limit: 9 }).map(({ id }) => id)).toEqual([ids[3] ?? '']);
    expect(parts.store.list({ accountId: 'acct_other', limit: 9 })).toEqual([]);
  });
});
