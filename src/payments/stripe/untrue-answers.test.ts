import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { hourMs } from '../../clock.ts';
import { type StripeAppliance, startStripeAppliance } from '../../testing/stripe-appliance.ts';

/** What a Stripe says that is broken, or somebody who speaks in its place. */

let now = 1_790_000_000_000;
let paid: StripeAppliance;
let key: string;
beforeAll(async () => {
  paid = await startStripeAppliance({ clock: () => now });
});
beforeEach(async () => {
  ({ key } = await paid.openAccount());
});
afterEach(() => {
  paid.stripe.fault = undefined;
  paid.checkBooks();
});
afterAll(() => paid[Symbol.asyncDispose]());

type Change = (answer: Record<string, unknown>) => object;
/** From now on, what Stripe answers at paths like this is changed. */
function lie(path: RegExp, change: Change): void {
  paid.stripe.fault = async (real, asked) => {
    const response = real();
    return path.test(asked.path)
      ? Response.json(change((await response.json()) as Record<string, unknown>))
      : response;
  };
}
const sessionPath = /^\/v1\/checkout\/sessions\/cs_/;
const open = async (): Promise<string> => (await paid.checkout(key)).body.sessionId;

describe('an amount that is none', () => {
  test.each([['500'], [-500], [1e300], [0.5], [true], [{}]])(
    '%j as what was asked for credits nothing, and the payment is taken when Stripe tells the truth',
    async (amount) => {
      const sessionId = await open();
      paid.stripe.account.pay(sessionId);
      lie(sessionPath, (session) => ({ ...session, amount_total: amount }));
      expect((await paid.claim(key, sessionId)).status).toBe(503);
      expect(await paid.balanceMicros(key)).toBe(0);
      paid.stripe.fault = undefined;
      expect((await paid.claim(key, sessionId)).body.status).toBe('settled');
      expect(await paid.balanceMicros(key)).toBe(5_000_000);
    },
  );

  test.each([['200'], [-200], [1e300], [0.5], [null]])(
    '%j as what was refunded moves nothing, and the true one does when it is told',
    async (amount) => {
      const sessionId = await open();
      paid.stripe.account.pay(sessionId);
      await paid.deliverNew();
      paid.stripe.account.refund(sessionId, 200);
      lie(/^\/v1\/refunds/, (list) => ({
        ...list,
        data: (list['data'] as object[]).map((refund) => ({ ...refund, amount })),
      }));
      expect(new Set(await paid.deliverNew())).toEqual(new Set([503]));
      expect(await paid.balanceMicros(key)).toBe(5_000_000);
      paid.stripe.fault = undefined;
      now += hourMs;
      await paid.appliance.maintain();
      expect(await paid.balanceMicros(key)).toBe(3_000_000);
    },
  );
});

test('a payment that is named and not shown has its refunds all the same', async () => {
  const sessionId = await open();
  paid.stripe.account.pay(sessionId);
  paid.stripe.account.refund(sessionId, 200);
  await paid.deliverNew();
  expect(await paid.balanceMicros(key)).toBe(3_000_000);
  lie(sessionPath, (session) => ({
    ...session,
    payment_intent: (session['payment_intent'] as { id: string }).id,
  }));
  paid.stripe.account.refund(sessionId, 100);
  await paid.deliverNew();
  expect(await paid.balanceMicros(key)).toBe(2_000_000);
});

describe('a new checkout', () => {
  test.each<[string, Change]>([
    ['of another purchase', (session) => ({ ...session, metadata: { purchaseId: 'pur_other' } })],
    ['of no purchase', (session) => ({ ...session, metadata: null })],
    ['without an end', (session) => ({ ...session, expires_at: undefined })],
  ])('%s is handed to nobody', async (_what, change) => {
    lie(/^\/v1\/checkout\/sessions$/, change);
    const headers = { 'x-idempotency-key': 'once' };
    const refused = await paid.checkout(key, { headers });
    expect([refused.status, refused.body.code]).toEqual([503, 'payment_provider_unavailable']);
    paid.stripe.fault = undefined;
    expect((await paid.checkout(key, { headers })).status).toBe(201);
    expect(await paid.purchases(key)).toHaveLength(1);
  });
});

test('an event that can not be dealt with holds up none that came before it', async () => {
  const sessionIds = [await open(), await open()];
  for (const sessionId of sessionIds) paid.stripe.account.pay(sessionId);
  await paid.deliverNew();
  expect(await paid.balanceMicros(key)).toBe(10_000_000);
  for (const sessionId of sessionIds) paid.stripe.account.refund(sessionId, 500);
  // Stripe lists the newest first.
  const [, newest = ''] = sessionIds;
  lie(new RegExp(`^/v1/checkout/sessions/${newest}`), (session) => ({ ...session, amount_total: 'much' }));
  now += hourMs;
  await paid.appliance.maintain();
  expect(await paid.balanceMicros(key)).toBe(5_000_000);
  paid.stripe.fault = undefined;
  now += hourMs;
  await paid.appliance.maintain();
  expect(await paid.balanceMicros(key)).toBe(0);
});

test('an open purchase that can not be dealt with holds up no refund of another', async () => {
  const refunded = await open();
  paid.stripe.account.pay(refunded);
  await paid.deliverNew();
  const broken = await open();
  paid.stripe.account.refund(refunded, 500);
  lie(new RegExp(`^/v1/checkout/sessions/${broken}`), (session) => ({ ...session, amount_total: 'much' }));
  now += hourMs;
  await paid.appliance.maintain();
  expect(await paid.balanceMicros(key)).toBe(0);
});
