import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { checkLedger } from '../ledger/invariants.ts';
import { earningsAccounts } from './earnings.ts';
import { apply, codeOf } from './membership.ts';
import { decidePayout, requestPayout } from './payout-requests.ts';
import { actorOf, dayMs, startAffiliates, type TestAffiliates } from './test-affiliates.ts';

/** What an operator's check of the books says of tampered affiliates. */

let programme: TestAffiliates;
let affiliateId: string;
beforeAll(async () => {
  programme = await startAffiliates();
  const [accountId, customerId] = [await programme.account(), await programme.account()];
  const profile = { displayName: 'Ada', payoutMethod: 'paypal' as const, payoutDetails: 'ada@example.com' };
  affiliateId = (await apply(programme.parts, actorOf(accountId), profile)).id;
  const affiliateCode = await codeOf(programme.parts, accountId);
  const buy = () =>
    programme.writer.write(() => {
      const { id } = programme.purchases.open({
        ...{ accountId: customerId, provider: 'stripe', packageCode: null, affiliateCode },
        ...{ priceUsdCents: 50_000, creditMicros: 500_000_000 },
      });
      programme.purchases.settle(id);
    });
  await buy();
  programme.pass(31 * dayMs);
  await buy();
  const { parts, writer } = programme;
  const request = { actor: actorOf(accountId), amountMicros: 60_000_000 };
  const { id: payoutRequestId } = await writer.write(() => requestPayout(parts, request));
  for (const decision of [{ to: 'approved' }, { to: 'paid', externalReference: 'bank-1' }] as const)
    await writer.write(() => decidePayout(parts, actorOf(customerId), { payoutRequestId, decision }));
});
afterAll(() => programme.stop());

beforeEach(() => checkLedger(programme.database.connection));

/** Tampers, and looks at what the check says; nothing of it stays. */
function tamper(statement: string): string {
  const { connection } = programme.database;
  connection.exec('BEGIN');
  try {
    connection.exec(statement);
    checkLedger(connection);
    return '';
  } catch (error) {
    return String(error);
  } finally {
    connection.exec('ROLLBACK');
  }
}

describe('the check finds', () => {
  test('a commission that says it earned more than was moved', () => {
    expect(tamper('UPDATE commissions SET earned_micros = earned_micros + 1')).toContain(
      `${affiliateId} has 100000000 held and not 100000001`,
    );
  });

  test('a commission that is gone, and one of somebody else', () => {
    expect(tamper('DELETE FROM commissions WHERE released_at IS NULL')).toContain(
      `settled without a commission of ${affiliateId}`,
    );
    expect(tamper('UPDATE purchases SET affiliate_id = NULL')).toContain('has a commission, not of anybody');
  });

  test('a debt that was forgiven by hand', () => {
    expect(tamper('UPDATE affiliates SET owed_micros = 5')).toContain(
      `${affiliateId} has 40000000 available and not 40000005`,
    );
  });

  test('a payout that is in no request', () => {
    const { available } = earningsAccounts(affiliateId);
    const found = tamper(`
      INSERT INTO transfers (debit_account_id, credit_account_id, amount_micros, code, reference, created_at)
        VALUES ('${available}', 'house:payouts', 7, 'payout', 'payout:stray', 0);
      UPDATE ledger_accounts SET debits_micros = debits_micros + 7 WHERE id = '${available}';
      UPDATE ledger_accounts SET credits_micros = credits_micros + 7 WHERE id = 'house:payouts';`);
    expect(found).toContain('house:payouts has 60000007 and not 60000000');
    expect(found).toContain(`${affiliateId} has 39999993 available and not 40000000`);
  });

  test('a request that was called paid without a payout', () => {
    const found = tamper(`
      INSERT INTO payout_requests (id, affiliate_id, amount_micros, state, payout_method, payout_details,
        external_reference, requested_at, closed_at)
      VALUES ('pay_stray', '${affiliateId}', 1, 'paid', 'paypal', 'x', 'y', 0, 0);`);
    expect(found).toContain('pay_stray is paid without a payout of 1');
  });
});

test('the database itself refuses a second open request, and any change of a closed one', () => {
  const insert = `INSERT INTO payout_requests (id, affiliate_id, amount_micros, state, payout_method, payout_details,
    requested_at) VALUES ('pay_' || random(), '${affiliateId}', 1, 'requested', 'paypal', 'x', 0);`;
  expect(tamper(insert + insert)).toContain('UNIQUE');
  expect(tamper('UPDATE payout_requests SET amount_micros = 1')).toContain('stays closed');
});
