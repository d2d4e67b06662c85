import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { fakeModels, startTestAppliance } from '../../testing/test-appliance.ts';
import { type StripeAppliance, startStripeAppliance } from '../../testing/stripe-appliance.ts';

let paid: StripeAppliance;
let key: string;
let accountId: string;
beforeAll(async () => {
  paid = await startStripeAppliance();
});
beforeEach(async () => {
  ({ key, accountId } = await paid.openAccount());
});
afterEach(() => {
  paid.stripe.fault = undefined;
  paid.checkBooks();
});
afterAll(() => paid[Symbol.asyncDispose]());

const sessions = () => [...paid.stripe.account.sessions.values()];

describe('a checkout by Stripe', () => {
  test('is a session over the price of the package, which names the purchase and the account', async () => {
    const { status, body } = await paid.checkout(key);
    expect(status).toBe(201);
    const session = paid.stripe.account.sessions.get(body.sessionId);
    expect(body).toEqual({
      ...{
        purchaseId: expect.stringMatching(/^pur_[0-9a-f]{24}$/),
        sessionId: expect.stringMatching(/^cs_test_/),
      },
      ...{ checkoutUrl: session?.url ?? '', url: session?.url ?? '', packageCode: 'starter' },
      ...{ priceUsd: 5, priceUsdCents: 500, creditUsd: 5, creditMicros: 5_000_000, currency: 'usd' },
      expiresAt: new Date((session?.expires_at ?? 0) * 1000).toISOString(),
    });
    const { purchaseId } = body;
    expect(session).toMatchObject({
      ...{ amount_total: 500, currency: 'usd', client_reference_id: accountId },
      metadata: { purchaseId, accountId, packageCode: 'starter' },
      success_url: 'http://localhost/dashboard?checkout=done&session_id={CHECKOUT_SESSION_ID}',
      cancel_url: 'http://localhost/dashboard?checkout=canceled&session_id={CHECKOUT_SESSION_ID}',
    });
    expect(paid.stripe.asked.at(-1)?.idempotencyKey).toBe(purchaseId);
    expect(await paid.purchases(key)).toMatchObject([
      { purchaseId, state: 'open', providerId: body.sessionId, checkoutUrl: body.url, provider: 'stripe' },
    ]);
    expect(await paid.balanceMicros(key)).toBe(0);
  });

  test('that is asked for again under its idempotency key is the same one, word for word', async () => {
    const headers = { 'x-idempotency-key': 'first' };
    const first = await paid.checkout(key, { headers });
    const again = await paid.checkout(key, { headers });
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await paid.purchases(key)).toHaveLength(1);
    const other = await paid.checkout(key, { headers, body: { packageCode: 'studio' } });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reuse']);
  });

  test("of the same key of two accounts is each one's own", async () => {
    const headers = { 'x-idempotency-key': 'shared' };
    const other = await paid.openAccount();
    const first = await paid.checkout(key, { headers });
    const second = await paid.checkout(other.key, { headers });
    expect(second.body.sessionId).not.toBe(first.body.sessionId);
  });

  test.each([
    ['is down', () => Response.json({ error: { type: 'api_error', message: 'down' } }, { status: 500 })],
    [
      'limits our rate',
      () =>
        Response.json({ error: { type: 'rate_limit' } }, { status: 429, headers: { 'retry-after': '7' } }),
    ],
    [
      'does not know our key',
      () => Response.json({ error: { type: 'invalid_request_error' } }, { status: 401 }),
    ],
    ['sends what is no JSON', () => new Response('<html>', { status: 200 })],
    ['redirects', () => Response.redirect('http://127.0.0.1:9/', 307)],
  ])('waits where Stripe %s, and is the same purchase when it is tried again', async (_what, answer) => {
    paid.stripe.fault = answer;
    const headers = { 'x-idempotency-key': 'again' };
    const failed = await paid.checkout(key, { headers });
    expect([failed.status, failed.body.code]).toEqual([503, 'payment_provider_unavailable']);
    expect(Number(failed.headers.get('retry-after'))).toBe(answer().headers.get('retry-after') ? 7 : 10);
    const [open] = await paid.purchases(key);
    expect(open).toMatchObject({ state: 'open', providerId: null, checkoutUrl: null });
    paid.stripe.fault = undefined;
    const { status, body } = await paid.checkout(key, { headers });
    expect([status, body.purchaseId]).toEqual([201, open.purchaseId]);
    expect(await paid.purchases(key)).toHaveLength(1);
  });

  test('whose answer is lost on the way is the same session when it is tried again, not a second one', async () => {
    const before = sessions().length;
    const headers = { 'x-idempotency-key': 'lost' };
    paid.stripe.fault = (real) => {
      real();
      return Response.json({ error: { type: 'api_error', message: 'lost' } }, { status: 502 });
    };
    expect((await paid.checkout(key, { headers })).status).toBe(503);
    paid.stripe.fault = undefined;
    const { body } = await paid.checkout(key, { headers });
    expect(
      sessions()
        .slice(before)
        .map(({ id }) => id),
    ).toEqual([body.sessionId]);
  });

  test('takes a package by its code and nothing else of the client: no price, no credit, no account', async () => {
    const body = {
      packageCode: 'starter',
      creditMicros: 1e12,
      priceUsdCents: 1,
      accountId: 'acct_x',
      state: 'settled',
    };
    const { status, body: refused } = await paid.checkout(key, { body });
    expect([status, refused.code]).toEqual([422, 'invalid_input']);
    expect(refused.details.issues).toHaveLength(4);
    const unknown = await paid.checkout(key, { body: { packageCode: 'free' } });
    expect([unknown.status, unknown.body.details.issues[0]]).toEqual([
      422,
      { path: '/packageCode', message: expect.any(String), allowed: ['starter', 'creator', 'studio'] },
    ]);
    expect(await paid.purchases(key)).toEqual([]);
  });
});

test('without its secrets Stripe is off, and every route and the health say so', async () => {
  const appliance = await startTestAppliance({
    modelsFolder: fakeModels(),
    environment: { KT_STRIPE_SECRET_KEY: 'sk_test_x' },
  });
  const bodies = {
    'checkout/stripe': { packageCode: 'starter' },
    'claim/stripe': { sessionId: 'cs_1' },
    'webhooks/stripe': {},
  };
  for (const [route, body] of Object.entries(bodies)) {
    const { status, body: answer, headers } = await appliance.call('POST', `/api/v1/${route}`, { body });
    expect([route, status, answer.code]).toEqual([route, 503, 'payments_not_configured']);
    expect(answer.error).toContain('Stripe');
    expect(headers.has('retry-after')).toBe(true);
  }
  expect((await appliance.call('GET', '/api/v1/health')).body.payments.stripe).toBe('off');
  expect((await paid.appliance.call('GET', '/api/v1/health')).body.payments.stripe).toBe('ready');
  await appliance.stop();
});
