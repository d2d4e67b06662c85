import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { startCoinbaseServer } from '../../testing/fakes/coinbase-server.ts';
import { type StripeAppliance, startStripeAppliance } from '../../testing/stripe-appliance.ts';

const dayMs = 86_400_000;
let now = Date.UTC(2026, 0, 1);
const coinbase = startCoinbaseServer({ now: () => now });
let paid: StripeAppliance;
let key: string;
beforeAll(async () => {
  const environment = {
    KT_PAYMENTS_OPEN_CHECKOUTS_MAX: '3',
    KT_COINBASE_KEY_NAME: coinbase.keyName,
    KT_COINBASE_KEY_SECRET: coinbase.keySecret,
    KT_COINBASE_WEBHOOK_SECRET: coinbase.webhookSecret,
    KT_COINBASE_API_URL: coinbase.origin,
  };
  paid = await startStripeAppliance({ environment, clock: () => now });
});
beforeEach(async () => {
  ({ key } = await paid.openAccount());
});
afterEach(() => {
  paid.stripe.fault = undefined;
});
afterAll(async () => {
  await paid[Symbol.asyncDispose]();
  await coinbase[Symbol.asyncDispose]();
});

const byCoinbase = () =>
  paid.appliance.call('POST', '/api/v1/checkout/crypto', { key, body: { packageCode: 'starter' } });
const down = () => Response.json({ error: { type: 'api_error', message: 'down' } }, { status: 500 });

describe('open checkouts of one account', () => {
  test('are so many, of all providers together, also of requests that come at once', async () => {
    const asked = [paid.checkout(key), byCoinbase(), paid.checkout(key), byCoinbase(), paid.checkout(key)];
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status === 201).length).toBe(3);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.map(({ body }) => body.code)).toEqual(['too_many_checkouts', 'too_many_checkouts']);
    expect(refused[0]?.body.error).toContain('3 checkouts of this account are open');
    expect(await paid.purchases(key)).toHaveLength(3);
    expect((await paid.checkout((await paid.openAccount()).key)).status).toBe(201);
  });

  test('that are paid, or whose day is over though nobody said so, make room', async () => {
    const opened: { sessionId: string }[] = [];
    for (let count = 0; count < 3; count++) opened.push((await paid.checkout(key)).body);
    expect((await byCoinbase()).headers.get('retry-after')).toBe(String(dayMs / 1000));
    paid.stripe.account.pay(opened[0]?.sessionId ?? '');
    await paid.deliverNew();
    expect((await byCoinbase()).status).toBe(201);
    const refused = await paid.checkout(key);
    now += Number(refused.headers.get('retry-after')) * 1000;
    expect((await paid.checkout(key)).status).toBe(201);
  });

  test('that the provider did not answer stand in the way for ten minutes, and their own repetition never', async () => {
    paid.stripe.fault = down;
    const headers = (count: number) => ({ headers: { 'x-idempotency-key': `order-${count}` } });
    for (let count = 0; count < 3; count++) await paid.checkout(key, headers(count));
    paid.stripe.fault = undefined;
    const refused = await paid.checkout(key);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '600']);
    expect((await paid.checkout(key, headers(1))).status).toBe(201);
    now += 600_000;
    expect((await paid.checkout(key)).status).toBe(201);
    expect((await paid.checkout(key)).status).toBe(201);
    expect((await paid.checkout(key)).status).toBe(429);
  });
});
