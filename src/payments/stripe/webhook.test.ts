import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { type StripeAppliance, startStripeAppliance } from '../../testing/stripe-appliance.ts';

let now = 1_790_000_000_000;
let paid: StripeAppliance;
let key: string;
let sessionId: string;
beforeAll(async () => {
  paid = await startStripeAppliance({ clock: () => now });
});
beforeEach(async () => {
  ({ key } = await paid.openAccount());
  ({ sessionId } = (await paid.checkout(key)).body);
});
afterEach(() => {
  paid.stripe.fault = undefined;
  paid.checkBooks();
});
afterAll(() => paid[Symbol.asyncDispose]());

const account = () => paid.stripe.account;
const balance = () => paid.balanceMicros(key);
const purchase = async () => (await paid.purchases(key))[0];
/** The newest event of a kind. */
const last = (type: string) => account().events.findLast((event) => event.type === type) ?? { type };
const audit = async (subject: string) => {
  const path = `/api/v1/admin/audit?subject=${subject}`;
  const { body } = await paid.appliance.call('GET', path, { key: paid.appliance.adminKey });
  return body.entries.map(({ action }: { action: string }) => action);
};

describe('a delivery', () => {
  test('that tells of a payment credits it; told again, it changes nothing', async () => {
    account().pay(sessionId);
    expect(await balance()).toBe(0);
    const event = last('checkout.session.completed');
    const { status, body } = await paid.deliver(event);
    expect([status, body]).toEqual([200, { received: true }]);
    expect(await balance()).toBe(5_000_000);
    expect((await paid.deliver(event)).status).toBe(200);
    expect((await Promise.all([paid.deliver(event), paid.deliver(event)])).map((one) => one.status)).toEqual([
      200, 200,
    ]);
    expect(await balance()).toBe(5_000_000);
    expect(await purchase()).toMatchObject({ state: 'settled', settledAt: new Date(now).toISOString() });
  });

  test('that comes many times at once credits once', async () => {
    account().pay(sessionId);
    const event = last('checkout.session.completed');
    const answers = await Promise.all(Array.from({ length: 8 }, () => paid.deliver(event)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(await balance()).toBe(5_000_000);
  });

  test.each<[string, (event: object) => Parameters<StripeAppliance['deliver']>[1]]>([
    ['whose body was changed', (event) => ({ body: JSON.stringify(event).replace('5', '6') })],
    ['whose body was only written anew', (event) => ({ body: JSON.stringify(event, null, 1) })],
    ['signed with another secret', () => ({ secret: 'whsec_other' })],
    ['signed too long ago', () => ({ at: now - 301_000 })],
    ['signed in the future', () => ({ at: now + 302_000 })],
    ['without a body', () => ({ body: '' })],
  ])('%s is refused', async (_what, how) => {
    account().pay(sessionId);
    const event = last('checkout.session.completed');
    const { status, body } = await paid.deliver(event, how(event));
    expect([status, body.code]).toEqual([400, 'invalid_signature']);
    expect(await balance()).toBe(0);
    // Just in time is good enough.
    expect((await paid.deliver(event, { at: now - 299_000 })).status).toBe(200);
    expect(await balance()).toBe(5_000_000);
  });

  test('without a signature, or with one that is none, is refused', async () => {
    const path = '/api/v1/webhooks/stripe';
    for (const headers of [{}, { 'stripe-signature': 'x' }, { 'stripe-signature': 't=1790000000' }]) {
      const { status, body } = await paid.appliance.call('POST', path, { key: null, headers, body: {} });
      expect([status, body.code]).toEqual([400, 'invalid_signature']);
    }
  });

  test('that is too large is refused before it is read', async () => {
    const body = JSON.stringify({ text: 'x'.repeat(300 * 1024) });
    const { status, body: refused } = await paid.deliver({}, { body });
    expect([status, refused.code]).toEqual([413, 'payload_too_large']);
  });

  test('about what we do not know, or of somebody else, is received', async () => {
    const strange = {
      id: 'evt_x1',
      object: 'event',
      type: 'customer.created',
      livemode: false,
      data: { object: {} },
    };
    expect((await paid.deliver(strange)).status).toBe(200);
    const foreign = account().createSession({
      ...{ amount: 900, currency: 'usd', accountReference: null, metadata: {}, intentMetadata: {} },
      ...{ successUrl: 'http://x/', cancelUrl: null },
    });
    account().pay(foreign.id);
    account().refund(foreign.id);
    expect((await paid.deliver(last('checkout.session.completed'))).status).toBe(200);
    expect((await paid.deliver(last('charge.refunded'))).status).toBe(200);
    expect(await balance()).toBe(0);
  });

  test('of live money to a key for tests changes nothing', async () => {
    account().pay(sessionId);
    expect((await paid.deliver({ ...last('checkout.session.completed'), livemode: true })).status).toBe(200);
    expect(await balance()).toBe(0);
  });

  test('while Stripe is down is answered 503, and the next try of it credits', async () => {
    account().pay(sessionId);
    const event = last('checkout.session.completed');
    paid.stripe.fault = () => Response.json({ error: { type: 'api_error' } }, { status: 503 });
    expect((await paid.deliver(event)).status).toBe(503);
    expect(await balance()).toBe(0);
    paid.stripe.fault = undefined;
    expect((await paid.deliver(event)).status).toBe(200);
    expect(await balance()).toBe(5_000_000);
  });

  test('can not make a purchase of another account its own by its metadata', async () => {
    const other = await paid.openAccount();
    // One of which Stripe's answer was lost has no session of its own yet.
    paid.stripe.fault = () => Response.json({ error: { type: 'rate_limit' } }, { status: 429 });
    await paid.checkout(key);
    paid.stripe.fault = undefined;
    const { purchaseId } = (await paid.purchases(key)).find((one) => one.providerId === null);
    const forged = account().createSession({
      ...{ amount: 500, currency: 'usd', accountReference: other.accountId, metadata: { purchaseId } },
      ...{ intentMetadata: { purchaseId }, successUrl: 'http://x/', cancelUrl: null },
    });
    account().pay(forged.id);
    expect((await paid.deliver(last('checkout.session.completed'))).status).toBe(200);
    expect([await balance(), await paid.balanceMicros(other.key)]).toEqual([0, 0]);
  });
});

describe('a payment', () => {
  test('by bank transfer is credited when it arrives, days later', async () => {
    account().pay(sessionId, { isDelayed: true });
    await paid.deliverNew();
    expect([await balance(), (await purchase()).state]).toEqual([0, 'open']);
    now += 4 * 86_400_000;
    account().finishDelayed(sessionId, true);
    await paid.deliverNew();
    expect([await balance(), (await purchase()).state]).toEqual([5_000_000, 'settled']);
  });

  test('by bank transfer that fails closes its purchase', async () => {
    account().pay(sessionId, { isDelayed: true });
    account().finishDelayed(sessionId, false);
    await paid.deliverNew();
    expect(await purchase()).toMatchObject({ state: 'closed', closedReason: 'payment_failed' });
    expect(await balance()).toBe(0);
  });

  test('that never came closes its purchase', async () => {
    account().expire(sessionId);
    await paid.deliverNew();
    expect(await purchase()).toMatchObject({ state: 'closed', closedReason: 'expired', checkoutUrl: null });
  });

  test('of another amount is credited by nobody but an operator, who is told', async () => {
    account().pay(sessionId, { amount: 50 });
    await paid.deliverNew();
    await paid.deliver({ ...last('checkout.session.completed'), id: 'evt_again' });
    const { purchaseId, state, closedReason } = await purchase();
    expect([await balance(), state, closedReason]).toEqual([0, 'closed', 'payment_mismatch']);
    expect(await audit(purchaseId)).toEqual(['purchase.mismatch']);
    const settle = {
      key: paid.appliance.adminKey,
      body: { purchaseId, reason: 'They paid the rest in cash.' },
    };
    await paid.appliance.call('POST', '/api/v1/admin/purchases/settle', settle);
    expect(await balance()).toBe(5_000_000);
    // What is refunded is a share of what was paid, and so is what is taken back.
    account().refund(sessionId, 25);
    await paid.deliverNew();
    expect(await balance()).toBe(2_500_000);
  });
});
