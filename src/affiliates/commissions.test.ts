import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { checkLedger } from '../ledger/invariants.ts';
import { earningsOf } from './earnings.ts';
import { apply, codeOf } from './membership.ts';
import { decidePayout, type PayoutDecision, requestPayout } from './payout-requests.ts';
import { actorOf, dayMs, startAffiliates, type TestAffiliates } from './test-affiliates.ts';

/** What an affiliate gets out of purchases of $10 each, at 20 %: $2 a purchase. */

let programme: TestAffiliates;
beforeAll(async () => {
  programme = await startAffiliates({ environment: { KT_AFFILIATES_PAYOUT_MIN_USD: '1' } });
});
afterAll(() => programme.stop());

async function startStory() {
  const [accountId, customerId] = [await programme.account(), await programme.account()];
  const profile = { displayName: 'Ada', payoutMethod: 'paypal' as const, payoutDetails: 'ada@example.com' };
  const { id: affiliateId } = await apply(programme.parts, actorOf(accountId), profile);
  const affiliateCode = await codeOf(programme.parts, accountId);
  const { writer, purchases } = programme;
  return {
    buy: () =>
      writer.write(() => {
        const { id } = purchases.open({
          ...{ accountId: customerId, provider: 'stripe', packageCode: null, affiliateCode },
          ...{ priceUsdCents: 1_000, creditMicros: 10_000_000 },
        });
        purchases.settle(id);
        return id;
      }),
    refund: (id: string, usdCents: number) => writer.write(() => purchases.refunded(id, usdCents)),
    dispute: (id: string, usdCents: number) => writer.write(() => purchases.disputed(id, usdCents)),
    mature: async () => {
      programme.pass(30 * dayMs);
      await programme.release();
    },
    /** @returns the id of a request for all that is available */
    ask: async (): Promise<string> => {
      const request = { actor: actorOf(accountId), amountMicros: null };
      return (await writer.write(() => requestPayout(programme.parts, request))).id;
    },
    decide: async (payoutRequestId: string, ...states: PayoutDecision['to'][]) => {
      const decisions: Record<PayoutDecision['to'], PayoutDecision> = {
        approved: { to: 'approved' },
        paid: { to: 'paid', externalReference: 'bank-1' },
        rejected: { to: 'rejected', reason: 'no' },
      };
      for (const to of states) {
        const request = { payoutRequestId, decision: decisions[to] };
        await writer.write(() => decidePayout(programme.parts, actorOf('acct_operator'), request));
      }
    },
    /** In dollars, where there are any. */
    earnings: () => {
      checkLedger(programme.database.connection);
      const all = Object.entries(earningsOf(programme.parts, affiliateId));
      const some = all.filter(([, micros]) => micros !== 0);
      return Object.fromEntries(some.map(([name, micros]) => [name.replace('Micros', ''), micros / 1e6]));
    },
  };
}

describe('a commission', () => {
  test('is held for the holding period to the millisecond, then available', async () => {
    const { buy, earnings } = await startStory();
    await buy();
    programme.pass(30 * dayMs - 1);
    await programme.release();
    expect(earnings()).toEqual({ held: 2 });
    programme.pass(1);
    await programme.release();
    await programme.release();
    expect(earnings()).toEqual({ available: 2 });
  });

  test('goes back in proportion with a refund, and comes back with a dispute that is won', async () => {
    const { buy, refund, dispute, mature, earnings } = await startStory();
    const id = await buy();
    await refund(id, 250);
    expect(earnings()).toEqual({ held: 1.5 });
    await dispute(id, 750);
    expect(earnings()).toEqual({});
    await dispute(id, 0);
    expect(earnings()).toEqual({ held: 1.5 });
    await mature();
    await dispute(id, 250);
    expect(earnings()).toEqual({ available: 1 });
    await dispute(id, 0);
    expect(earnings()).toEqual({ available: 1.5 });
  });

  test("of another purchase is left alone while it is held; then it pays what is owed before it's available", async () => {
    const { buy, refund, mature, ask, decide, earnings } = await startStory();
    const first = await buy();
    await mature();
    await decide(await ask(), 'approved', 'paid');
    await buy();
    await buy();
    await refund(first, 1_000);
    expect(earnings()).toEqual({ held: 4, paid: 2, owed: 2 });
    await mature();
    expect(earnings()).toEqual({ available: 2, paid: 2 });
  });

  test('that is given back pays what is owed first, too', async () => {
    const { buy, dispute, mature, ask, decide, earnings } = await startStory();
    const first = await buy();
    await mature();
    await decide(await ask(), 'approved', 'paid');
    await dispute(first, 1_000);
    expect(earnings()).toEqual({ paid: 2, owed: 2 });
    await dispute(first, 400);
    expect(earnings()).toEqual({ paid: 2, owed: 0.8 });
    await dispute(first, 0);
    expect(earnings()).toEqual({ paid: 2 });
  });

  test('that was asked for stays so; what a rejected request returns pays what is owed first', async () => {
    const { buy, refund, mature, ask, decide, earnings } = await startStory();
    const [first] = [await buy(), await buy()];
    await mature();
    const payoutRequestId = await ask();
    await refund(first, 500);
    expect(earnings()).toEqual({ requested: 4, owed: 1 });
    await decide(payoutRequestId, 'approved', 'rejected', 'rejected');
    expect(earnings()).toEqual({ available: 3 });
  });

  test('is not earned by a purchase that is open or closed, nor by one that nobody brought', async () => {
    const { buy, earnings } = await startStory();
    const id = await buy();
    const affiliateId = programme.parts.store.commissionOfPurchase(id)?.affiliateId ?? '';
    const purchase = { id: 'pur_none', priceUsdCents: 1_000, creditMicros: 10_000_000, reversedMicros: 0 };
    await programme.writer.write(() => {
      for (const state of ['open', 'closed'] as const)
        programme.referrals.purchaseChanged({ ...purchase, affiliateId, state });
      programme.referrals.purchaseChanged({ ...purchase, affiliateId: null, state: 'settled' });
    });
    expect(earnings()).toEqual({ held: 2 });
  });
});
