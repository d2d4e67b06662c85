import { afterAll, beforeAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import { hourMs } from '../../clock.ts';
import type { StripeFault } from '../../testing/fakes/stripe-server.ts';
import { type StripeAppliance, startStripeAppliance } from '../../testing/stripe-appliance.ts';

let now = 1_790_000_000_000;
let paid: StripeAppliance;
beforeAll(async () => {
  paid = await startStripeAppliance({
    clock: () => now,
    environment: { KT_PAYMENTS_SUSPEND_ON_DISPUTE: 'false' },
  });
});
afterAll(() => paid[Symbol.asyncDispose]());

const kinds = [
  ...['checkout', 'checkout', 'repeat', 'pay', 'pay', 'transfer', 'arrive', 'bounce', 'expire'],
  ...['refund', 'failRefund', 'dispute', 'win', 'lose', 'deliver', 'deliver', 'deliver', 'claim', 'claim'],
  ...['spend', 'lookAgain', 'restart', 'fail', 'loseAnswer', 'recover'],
] as const;
const step = fc.record({
  kind: fc.constantFrom(...kinds),
  /** Which checkout, refund, dispute or event it is about, of those there are. */
  which: fc.nat(1000),
  amount: fc.integer({ min: 1, max: 500 }),
  /** Don't wait for it before the next one begins. */
  isAtOnce: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Refused before and after it was carried out. Neither is a 5xx, which the SDK would wait before repeating. */
const refusal = () => Response.json({ error: { type: 'rate_limit' } }, { status: 429 });
const faults: Record<string, StripeFault | undefined> = {
  fail: refusal,
  loseAnswer(real) {
    real();
    return refusal();
  },
};

/** One customer and all that is done to their checkouts. */
async function createCustomer() {
  const { account } = paid.stripe;
  const { key, accountId } = await paid.openAccount();
  const firstEvent = account.events.length;
  const tried: string[] = [];
  /** Only what a customer was told the address of can be paid. */
  const shown = new Set<string>();
  let spentMicros = 0;
  const sessionIds = () =>
    [...account.sessions.values()].filter((one) => one.client_reference_id === accountId).map(({ id }) => id);
  const isOurs = ({ payment_intent: intent }: { payment_intent: string }) =>
    sessionIds().some((id) => account.sessions.get(id)?.payment_intent === intent);
  const pick = <T>(things: readonly T[], which: number) => things[which % Math.max(1, things.length)];
  const checkout = async (idempotencyKey: string) => {
    const headers = { 'x-idempotency-key': idempotencyKey };
    const { status, body } = await paid.checkout(key, { headers });
    expect([201, 409, 503]).toContain(status);
    if (status === 201) shown.add(body.sessionId);
  };
  const spend = async (amountMicros: number) => {
    const reference = `spent:${tried.length}:${spentMicros}:${now++}`;
    const taken = { accountId, amountMicros: -amountMicros, reference, reason: 'as if by jobs' };
    const admin = { key: paid.appliance.adminKey, body: taken };
    const { status } = await paid.appliance.call('POST', '/api/v1/admin/grants', admin);
    if (status === 200) spentMicros += amountMicros;
  };
  /** What the world does is refused where it makes no sense, as paying what has expired. */
  const world = ({ kind, which, amount }: Step) => {
    const sessionId = pick([...shown], which) ?? '';
    const refund = pick([...account.refunds.values()].filter(isOurs), which);
    const dispute = pick([...account.disputes.values()].filter(isOurs), which);
    try {
      if (kind === 'pay' || kind === 'transfer') account.pay(sessionId, { isDelayed: kind === 'transfer' });
      if (kind === 'expire') account.expire(sessionId);
      const isUnderWay = account.sessions.get(sessionId)?.payment_status === 'unpaid';
      if ((kind === 'arrive' || kind === 'bounce') && isUnderWay)
        account.finishDelayed(sessionId, kind === 'arrive');
      if (kind === 'refund' && !isUnderWay) account.refund(sessionId, amount);
      if (kind === 'dispute' && !isUnderWay) account.dispute(sessionId, { amount });
      if (kind === 'failRefund' && refund) account.failRefund(refund.id);
      if ((kind === 'win' || kind === 'lose') && dispute)
        account.closeDispute(dispute.id, kind === 'win' ? 'won' : 'lost');
    } catch (error) {
      expect(String(error)).toMatch(/No such thing|is (complete|expired)|left to refund/);
    }
  };
  return {
    ...{ key, accountId, sessionIds, tried, spent: () => spentMicros },
    events: () => account.events.slice(firstEvent),
    async act(one: Step): Promise<void> {
      const { kind, which } = one;
      if (kind === 'checkout' && tried.push(`try-${tried.length}`) > 0) await checkout(tried.at(-1) ?? '');
      if (kind === 'repeat' && tried.length > 0) await checkout(pick(tried, which) ?? '');
      const event = pick(account.events.slice(firstEvent), which);
      // 400: the hour that another step lets pass makes its signature too old.
      if (kind === 'deliver' && event) expect([200, 400, 503]).toContain((await paid.deliver(event)).status);
      const sessionId = pick(sessionIds(), which);
      if (kind === 'claim' && sessionId)
        expect([200, 404, 503]).toContain((await paid.claim(key, sessionId)).status);
      if (kind === 'spend') await spend(one.amount * 5_000);
      if (kind === 'lookAgain') {
        now += hourMs;
        await paid.appliance.maintain();
      }
      if (kind === 'fail' || kind === 'loseAnswer' || kind === 'recover') paid.stripe.fault = faults[kind];
      world(one);
    },
  };
}
type Customer = Awaited<ReturnType<typeof createCustomer>>;

/** What Stripe itself says of one checkout: paid or not, and how much of it is gone again. */
function truthOf(sessionId: string) {
  const { sessions, refunds, disputes } = paid.stripe.account;
  const session = sessions.get(sessionId);
  const ofIt = ({ payment_intent: intent }: { payment_intent: string }) => intent === session?.payment_intent;
  const sum = (parts: { amount: number }[]) => parts.reduce((total, { amount }) => total + amount, 0);
  const refunded = sum([...refunds.values()].filter((one) => ofIt(one) && one.status !== 'failed'));
  const disputed = sum([...disputes.values()].filter((one) => ofIt(one) && one.status !== 'won'));
  const goneMicros = Math.min(500, Math.min(500, refunded) + Math.min(500, disputed)) * 10_000;
  return { isPaid: session?.payment_status === 'paid', goneMicros };
}

async function checkEnd(customer: Customer, order: number): Promise<void> {
  paid.stripe.fault = undefined;
  for (const idempotencyKey of customer.tried) {
    const headers = { 'x-idempotency-key': idempotencyKey };
    expect((await paid.checkout(customer.key, { headers })).status).toBe(201);
  }
  // Each at least once, in some order.
  const last = customer
    .events()
    .toSorted((a, b) => (Bun.hash.crc32(a.id + order) < Bun.hash.crc32(b.id + order) ? -1 : 1));
  for (const event of last) expect((await paid.deliver(event)).status).toBe(200);
  const path = `/api/v1/admin/purchases?limit=100&accountId=${customer.accountId}`;
  const listed = await paid.appliance.call('GET', path, { key: paid.appliance.adminKey });
  expect([listed.status, listed.body]).toMatchObject([200, { nextCursor: null }]);
  const { purchases } = listed.body;
  expect(purchases).toHaveLength(customer.tried.length);
  expect(purchases.map((one: { providerId: string }) => one.providerId).toSorted()).toEqual(
    customer.sessionIds().toSorted(),
  );
  let balanceMicros = 0 - customer.spent();
  for (const { providerId, state, reversedUsd, lostUsd, creditMicros } of purchases) {
    const { isPaid, goneMicros } = truthOf(providerId);
    expect([providerId, state === 'settled']).toEqual([providerId, isPaid]);
    expect([providerId, Math.round(reversedUsd * 1e6)]).toEqual([providerId, isPaid ? goneMicros : 0]);
    if (isPaid) balanceMicros += creditMicros - Math.round((reversedUsd - lostUsd) * 1e6);
  }
  expect(await paid.balanceMicros(customer.key)).toBe(balanceMicros);
  paid.checkBooks();
}

test('whatever customers, banks, Stripe and we ourselves do and fail to do, in any order: every payment is credited once and taken back as far as it went back, one session is made for one request, and the books are right', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 45, size: 'max' }), fc.nat(1000), async (steps, order) => {
      paid.stripe.fault = undefined;
      const customer = await createCustomer();
      let underWay: Promise<void>[] = [];
      for (const one of steps) {
        if (one.kind === 'restart') {
          await Promise.all(underWay);
          await paid.restart();
        } else {
          const work = customer.act(one);
          // What fails meanwhile is told of when it is waited for.
          work.catch(() => {});
          if (one.isAtOnce) underWay.push(work);
          else await work;
        }
      }
      await Promise.all(underWay);
      underWay = [];
      await checkEnd(customer, order);
    }),
    { numRuns: 20 },
  );
});
