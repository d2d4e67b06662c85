import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { ApplianceError } from '../errors.ts';
import { checkLedger } from '../ledger/invariants.ts';
import { houseAccounts } from '../ledger/ledger.ts';
import { earningsOf } from './earnings.ts';
import { apply, codeOf } from './membership.ts';
import { decidePayout, type PayoutDecision, requestPayout } from './payout-requests.ts';
import { actorOf, dayMs, startAffiliates, type TestAffiliates } from './test-affiliates.ts';

let programme: TestAffiliates;
let operator: string;
beforeAll(async () => {
  programme = await startAffiliates({
    environment: {
      KT_AFFILIATES_PAYOUT_MIN_USD: '1',
      KT_AFFILIATES_HOLDING_DAYS: '10',
      KT_AFFILIATES_COMMISSION_PERCENT: '12.5',
    },
  });
  operator = await programme.account();
});
afterAll(() => programme.stop());

const place = fc.nat({ max: 3 });
const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('buy' as const), usdCents: fc.integer({ min: 1, max: 9_999 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('settle' as const), place }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('refund' as const), place, percent: fc.nat({ max: 100 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('dispute' as const), place, percent: fc.nat({ max: 100 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), days: fc.integer({ min: 1, max: 8 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pay' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('request' as const),
      amountMicros: fc.option(fc.integer({ min: 1, max: 12_000_000 })),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('decide' as const),
      to: fc.constantFrom('approved' as const, 'approved' as const, 'paid' as const, 'rejected' as const),
      place: fc.nat({ max: 1 }),
    }),
  },
);
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

/** The process dies before the commit: nothing of it stays, and whoever asked comes again. */
class PowerCut extends Error {}

/** One affiliate, one customer of theirs, and what happens between them. */
async function startStory() {
  const [accountId, customerId] = [await programme.account(), await programme.account()];
  const profile = { displayName: 'Ada', payoutMethod: 'paypal' as const, payoutDetails: 'ada@example.com' };
  const { id: affiliateId } = await apply(programme.parts, actorOf(accountId), profile);
  const affiliateCode = await codeOf(programme.parts, accountId);
  const bought: { id: string; usdCents: number }[] = [];
  const asked: string[] = [];
  return { accountId, customerId, affiliateId, affiliateCode, bought, asked };
}
type Story = Awaited<ReturnType<typeof startStory>>;

async function buy({ customerId, affiliateCode, bought }: Story, usdCents: number) {
  const { id } = await programme.writer.write(() =>
    programme.purchases.open({
      ...{ accountId: customerId, provider: 'stripe', packageCode: null, affiliateCode },
      ...{ priceUsdCents: usdCents, creditMicros: usdCents * 10_000 + 7 },
    }),
  );
  bought.push({ id, usdCents });
}

/** Does what a webhook would, after a crash in the middle of it. */
async function deliver(work: () => void) {
  const interrupted = programme.writer.write(() => {
    work();
    throw new PowerCut();
  });
  await interrupted.catch((error) => expect(error).toBeInstanceOf(PowerCut));
  await programme.writer.write(work);
  // What a provider says twice changes nothing.
  await programme.writer.write(work);
}

async function decide({ asked }: Story, to: PayoutDecision['to'], index: number) {
  const payoutRequestId = asked.at(-1 - index);
  if (payoutRequestId === undefined) return;
  const decisions = {
    approved: { to: 'approved' },
    paid: { to: 'paid', externalReference: `bank-${index}` },
    rejected: { to: 'rejected', reason: 'no' },
  } as const satisfies Record<string, PayoutDecision>;
  const request = { payoutRequestId, decision: decisions[to] };
  const deciding = programme.writer.write(() => decidePayout(programme.parts, actorOf(operator), request));
  await deciding.catch(expectRefusal);
}

function expectRefusal(error: unknown) {
  expect(error).toBeInstanceOf(ApplianceError);
}

async function act(story: Story, one: Action): Promise<void> {
  const { purchases } = programme;
  const bought = 'place' in one ? story.bought.at(-1 - one.place) : undefined;
  switch (one.kind) {
    case 'buy':
      return buy(story, one.usdCents);
    case 'settle':
      return bought && deliver(() => void purchases.settle(bought.id));
    case 'refund':
      return (
        bought &&
        deliver(() => purchases.refunded(bought.id, Math.ceil((bought.usdCents * one.percent) / 100)))
      );
    case 'dispute':
      return (
        bought &&
        deliver(() => purchases.disputed(bought.id, Math.ceil((bought.usdCents * one.percent) / 100)))
      );
    case 'pass':
      return programme.pass(one.days * dayMs);
    case 'release':
      return programme.release();
    case 'request': {
      const request = { actor: actorOf(story.accountId), amountMicros: one.amountMicros };
      const asking = programme.writer.write(() => requestPayout(programme.parts, request));
      return asking.then(({ id }) => void story.asked.push(id), expectRefusal);
    }
    case 'pay':
      await decide(story, 'approved', 0);
      return decide(story, 'paid', 0);
    case 'decide':
      return decide(story, one.to, one.place);
  }
}

const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);

/** Compares the ledger with what the tables say, and both with what was bought. */
function checkBooks({ affiliateId, accountId, bought }: Story): void {
  const { store, ledger } = programme.parts;
  const commissions = store.listCommissions(affiliateId, { limit: 1_000 });
  const net = (ones: typeof commissions) => sum(ones.map((one) => one.earnedMicros - one.reversedMicros));
  const earnings = earningsOf(programme.parts, affiliateId);
  for (const amount of Object.values(earnings)) expect(amount).toBeGreaterThanOrEqual(0);
  const { heldMicros, availableMicros, requestedMicros, paidMicros, owedMicros } = earnings;
  // All that was earned is somewhere; held is what is not released, the rest what is.
  expect(heldMicros).toBe(net(commissions.filter(({ releasedAt }) => releasedAt === null)));
  expect(availableMicros + requestedMicros + paidMicros - owedMicros).toBe(
    net(commissions.filter(({ releasedAt }) => releasedAt !== null)),
  );
  expect(Math.min(availableMicros, owedMicros)).toBe(0);
  const requests = store.listPayoutRequests({ affiliateId, limit: 1_000 });
  const inState = (...states: string[]) =>
    sum(requests.filter(({ state }) => states.includes(state)).map(({ amountMicros }) => amountMicros));
  expect(requestedMicros).toBe(inState('requested', 'approved'));
  expect(paidMicros).toBe(inState('paid'));
  expect(requests.filter(({ state }) => state === 'requested' || state === 'approved').length).toBeLessThan(
    2,
  );
  // A commission is the share of what is left of its purchase's credit.
  for (const { id, usdCents } of bought) {
    const commission = store.commissionOfPurchase(id);
    const credit = usdCents * 10_000 + 7;
    const { reversed, state } = programme.database.connection
      .prepare<[string], { reversed: number; state: string }>(
        'SELECT reversed_micros AS reversed, state FROM purchases WHERE id = ?',
      )
      .get(id) ?? { reversed: 0, state: '' };
    expect(commission !== undefined).toBe(state === 'settled');
    if (!commission) continue;
    expect(commission.earnedMicros).toBe(usdCents * 1250);
    const left = Number((BigInt(usdCents * 1250) * BigInt(credit - reversed)) / BigInt(credit));
    expect(commission.earnedMicros - commission.reversedMicros).toBe(left);
  }
  // Everybody's commissions and debts are what the house has given.
  const all = programme.database.connection
    .prepare<[], { net: number; owed: number; paid: number }>(
      `SELECT (SELECT coalesce(sum(earned_micros - reversed_micros), 0) FROM commissions) AS net,
        (SELECT coalesce(sum(owed_micros), 0) FROM affiliates) AS owed,
        (SELECT coalesce(sum(amount_micros), 0) FROM payout_requests WHERE state = 'paid') AS paid`,
    )
    .get();
  expect(0 - ledger.balanceMicros(houseAccounts.commissions)).toBe((all?.net ?? 0) + (all?.owed ?? 0));
  expect(ledger.balanceMicros(houseAccounts.payouts)).toBe(all?.paid ?? 0);
  expect(store.affiliateOfAccount(accountId)?.id).toBe(affiliateId);
}

describe("an affiliate's money", () => {
  test('adds up after each step, whatever is bought, refunded, disputed, released and paid in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 60, size: 'max' }), async (actions) => {
        const story = await startStory();
        for (const usdCents of [4_000, 9_000]) await buy(story, usdCents);
        for (const one of actions) {
          await act(story, one);
          checkBooks(story);
        }
        checkLedger(programme.database.connection);
      }),
      { numRuns: 30 },
    );
  });

  test('adds up when everything happens at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(action, { minLength: 1, maxLength: 12, size: 'max' }), {
          minLength: 2,
          maxLength: 6,
        }),
        async (bursts) => {
          const story = await startStory();
          for (const cents of [4_000, 9_000, 900]) await buy(story, cents);
          for (const { id } of story.bought)
            await programme.writer.write(() => programme.purchases.settle(id));
          programme.pass(11 * dayMs);
          for (const burst of bursts) {
            await Promise.all(burst.map((one) => act(story, one)));
            checkBooks(story);
          }
          checkLedger(programme.database.connection);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('many payout requests at once open one, of no more than is available', async () => {
    const story = await startStory();
    await buy(story, 8_000);
    await deliver(() => void programme.purchases.settle(story.bought[0]?.id ?? ''));
    programme.pass(11 * dayMs);
    const ask = (amountMicros: number | null) => act(story, { kind: 'request', amountMicros });
    await Promise.all([ask(6_000_000), ask(6_000_000), ask(null), ask(11_000_000)]);
    expect(story.asked).toHaveLength(1);
    checkBooks(story);
    expect(earningsOf(programme.parts, story.affiliateId)).toMatchObject({
      availableMicros: 4_000_000,
      requestedMicros: 6_000_000,
    });
  });
});
