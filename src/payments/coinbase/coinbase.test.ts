import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { type CoinbaseServer, sign, startCoinbaseServer } from '../../testing/fakes/coinbase-server.ts';
import { fakeModels, startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';

const modelsFolder = fakeModels();
const credit = 5_000_000;

let now = Date.now();
let coinbase: CoinbaseServer;
let appliance: TestAppliance;
const environmentOf = ({ origin, keyName, keySecret, webhookSecret }: CoinbaseServer) => ({
  KT_COINBASE_KEY_NAME: keyName,
  KT_COINBASE_KEY_SECRET: keySecret,
  KT_COINBASE_WEBHOOK_SECRET: webhookSecret,
  KT_COINBASE_API_URL: origin,
  KT_PUBLIC_URL: 'https://media.example.com',
  KT_PAYMENTS_OPEN_CHECKOUTS_MAX: '1000',
});
/** Its first look for what no webhook told of is over, so that each later request has its reason in a test. */
const start = async (dataFolder?: string) => {
  const started = await startTestAppliance({
    ...{ modelsFolder, environment: environmentOf(coinbase), clock: () => now },
    ...(dataFolder === undefined ? {} : { dataFolder }),
  });
  await started.maintain();
  return started;
};
beforeAll(async () => {
  coinbase = startCoinbaseServer({ now: () => now });
  appliance = await start();
});
beforeEach(() => {
  coinbase.fault = undefined;
  coinbase.asked.length = 0;
});
afterAll(async () => {
  await appliance.stop();
  await coinbase[Symbol.asyncDispose]();
});

const open = (options: { key?: string; body?: unknown; headers?: Record<string, string> } = {}) =>
  appliance.call('POST', '/api/v1/checkout/crypto', { body: { packageCode: 'starter' }, ...options });
const opened = async (key = appliance.apiKey): Promise<string> => (await open({ key })).body.chargeId;
const claim = (chargeId: string, key = appliance.apiKey) =>
  appliance.call('POST', '/api/v1/claim/crypto', { key, body: { chargeId } });
const hook = ({ headers, body }: { headers: Record<string, string>; body: string }) =>
  appliance.call('POST', '/api/v1/webhooks/crypto', { key: null, headers, body });
const tell = (id: string, eventType: string) => hook(coinbase.deliver(id, eventType));
const newKey = async (): Promise<string> => {
  const options = { key: appliance.adminKey, body: { name: 'Customer' } };
  return (await appliance.call('POST', '/api/v1/admin/accounts', options)).body.apiKey;
};
const balance = async (key: string): Promise<number> =>
  (await appliance.call('GET', '/api/v1/balance', { key })).body.balanceMicros;
const auditOf = async (subject: string): Promise<{ action: string; details: Record<string, unknown> }[]> =>
  (
    await appliance.call('GET', '/api/v1/admin/audit?limit=100', { key: appliance.adminKey })
  ).body.entries.filter((entry: { subject: string }) => entry.subject === subject);
const down = () => new Response('<h1>Bad gateway</h1>', { status: 502 });

describe('a checkout', () => {
  test('is opened at Coinbase for the price, and names purchase and account', async () => {
    const { status, body } = await open({ body: { packageCode: 'creator', affiliateCode: 'PROMO_42' } });
    expect(status).toBe(201);
    const checkout = coinbase.checkouts.get(body.chargeId);
    expect(body).toEqual({
      ...{ purchaseId: expect.stringMatching(/^pur_/), chargeId: checkout?.id, checkoutId: checkout?.id },
      ...{ checkoutUrl: checkout?.url, url: checkout?.url, packageCode: 'creator', currency: 'usd' },
      ...{ priceUsd: 20, priceUsdCents: 2000, creditUsd: 21, creditMicros: 21_000_000 },
      expiresAt: checkout?.expiresAt,
    });
    expect(checkout).toMatchObject({
      ...{ amount: '20.00', currency: 'USDC', network: 'base', description: 'Creator' },
      metadata: { purchaseId: body.purchaseId, accountId: expect.stringMatching(/^acct_/) },
      successRedirectUrl: 'https://media.example.com/dashboard?checkout=done',
    });
    expect(coinbase.asked).toEqual([`POST /api/v1/checkouts ${body.purchaseId}`]);
  });

  test('asked for again under its idempotency key is the same one', async () => {
    const headers = { 'x-idempotency-key': 'order-1' };
    const first = await open({ headers });
    const again = await open({ headers });
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(coinbase.asked).toHaveLength(1);
    const other = await open({ headers, body: { packageCode: 'creator' } });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reuse']);
  });

  test.each([
    ['its answer was lost', async (real: () => Promise<Response>) => (await real(), down())],
    ['Coinbase was down', down],
  ])('when %s: 503, and the repetition opens no second one', async (_what, fault) => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const before = coinbase.checkouts.size;
    coinbase.fault = fault;
    const { status, body } = await open({ headers });
    expect([status, body.code]).toEqual([503, 'payment_provider_unavailable']);
    coinbase.fault = undefined;
    const again = await open({ headers });
    expect(again.status).toBe(201);
    expect(coinbase.checkouts.size).toBe(before + 1);
    expect(new Set(coinbase.asked).size).toBe(1);
  });

  test.each([
    [{}],
    [{ packageCode: 'gratis' }],
    [{ packageCode: 'starter', creditMicros: 1_000_000_000 }],
    [{ packageCode: 'starter', accountId: 'acct_other' }],
    [{ packageCode: 'starter', metadata: { purchaseId: 'pur_other' } }],
    [{ packageCode: 'starter', affiliateCode: 'x'.repeat(65) }],
  ])('a body like %j is refused', async (body) => {
    expect((await open({ body })).status).toBe(422);
    expect(coinbase.asked).toEqual([]);
  });
});

describe('a claim', () => {
  test('of what is not paid yet is pending; of what is paid credits once', async () => {
    const key = await newKey();
    const id = await opened(key);
    expect((await claim(id, key)).body).toMatchObject({ status: 'pending', balanceMicros: 0 });
    coinbase.pay(id);
    const [first, second] = await Promise.all([claim(id, key), claim(id, key)]);
    for (const { status, body } of [first, second, await claim(id, key)]) {
      expect([status, body.status, body.balanceMicros]).toEqual([200, 'settled', credit]);
      expect([body.chargeId, body.checkoutId]).toEqual([id, id]);
    }
  });

  test('is answered under both names, and refused where they differ', async () => {
    const id = await opened();
    const as = (body: object) => appliance.call('POST', '/api/v1/claim/crypto', { body });
    expect((await as({ checkoutId: id })).body.status).toBe('pending');
    expect((await as({ chargeId: id, checkoutId: id })).body.status).toBe('pending');
    expect((await as({ chargeId: id, checkoutId: 'other' })).status).toBe(400);
    expect((await as({})).status).toBe(422);
  });

  test("of another account's charge is unknown, and asks nobody", async () => {
    const id = await opened();
    coinbase.pay(id);
    const thief = await newKey();
    coinbase.asked.length = 0;
    expect((await claim(id, thief)).status).toBe(404);
    expect((await claim('68f7a946db0529ea9b6d3a12', thief)).status).toBe(404);
    expect(coinbase.asked).toEqual([]);
    expect(await balance(thief)).toBe(0);
  });

  test('while Coinbase is down is 503, and nothing is lost', async () => {
    const key = await newKey();
    const id = await opened(key);
    coinbase.pay(id);
    coinbase.fault = down;
    expect((await claim(id, key)).status).toBe(503);
    coinbase.fault = undefined;
    expect((await claim(id, key)).body.balanceMicros).toBe(credit);
  });
});

describe('a webhook', () => {
  test('credits once, however often and in whatever order it comes', async () => {
    const key = await newKey();
    const id = await opened(key);
    const early = coinbase.deliver(id, 'checkout.payment.expired');
    coinbase.pay(id);
    const success = coinbase.deliver(id, 'checkout.payment.success');
    for (const delivery of [success, success, early, coinbase.deliver(id, 'checkout.payment.success')]) {
      expect(await hook(delivery)).toMatchObject({ status: 200, body: { received: true } });
    }
    expect(await balance(key)).toBe(credit);
    const asked = coinbase.asked.length;
    await hook(success);
    expect(coinbase.asked.length).toBe(asked);
  });

  test('of failure and expiry closes; a payment that comes after that is credited all the same', async () => {
    const key = await newKey();
    const id = await opened(key);
    coinbase.change(id, { status: 'EXPIRED' });
    await tell(id, 'checkout.payment.expired');
    expect((await claim(id, key)).body).toMatchObject({ status: 'expired', balanceMicros: 0 });
    coinbase.pay(id);
    await tell(id, 'checkout.payment.success');
    expect(await balance(key)).toBe(credit);
    const failed = await opened(key);
    coinbase.change(failed, { status: 'FAILED' });
    await tell(failed, 'checkout.payment.failed');
    expect((await claim(failed, key)).body.status).toBe('failed');
  });

  test('that Coinbase does not show the effect of yet is asked for again', async () => {
    const key = await newKey();
    const id = await opened(key);
    now += 1000;
    coinbase.pay(id);
    const delivery = coinbase.deliver(id, 'checkout.payment.success');
    const paid = { ...coinbase.checkouts.get(id) };
    coinbase.change(id, { status: 'ACTIVE', updatedAt: new Date(now - 1000).toISOString() });
    expect((await hook(delivery)).status).toBe(503);
    coinbase.change(id, paid);
    expect((await hook(delivery)).status).toBe(200);
    expect(await balance(key)).toBe(credit);
  });

  test('while Coinbase is down is asked for again, and then dealt with', async () => {
    const key = await newKey();
    const id = await opened(key);
    coinbase.pay(id);
    const delivery = coinbase.deliver(id, 'checkout.payment.success');
    coinbase.fault = down;
    expect((await hook(delivery)).status).toBe(503);
    coinbase.fault = undefined;
    expect((await hook(delivery)).status).toBe(200);
    expect(await balance(key)).toBe(credit);
  });

  test('about a checkout of somebody else, or about something else, is received and forgotten', async () => {
    const foreign = { ...coinbase.checkouts.get(await opened()), id: 'foreign', metadata: {} };
    for (const body of [JSON.stringify({ eventType: 'checkout.payment.success', ...foreign }), '{}', '[]']) {
      const headers = { 'content-type': 'application/json', 'x-event-id': crypto.randomUUID() };
      const at = Math.floor(now / 1000);
      const signature = sign({ secret: coinbase.webhookSecret, at, headers, body });
      expect((await hook({ body, headers: { ...headers, ...signature } })).status).toBe(200);
    }
    expect(coinbase.asked).toHaveLength(1);
  });

  test('that is not signed by Coinbase is refused', async () => {
    const key = await newKey();
    const id = await opened(key);
    coinbase.pay(id);
    const { headers, body } = coinbase.deliver(id, 'checkout.payment.success');
    const asked = coinbase.asked.length;
    const forged = [
      { headers: { ...headers, 'x-hook0-signature': '' }, body },
      { headers, body: `${body} ` },
      { headers: { ...headers, 'x-event-id': 'another' }, body },
      coinbase.deliver(id, 'checkout.payment.success', { at: Math.floor(now / 1000) - 301 }),
      coinbase.deliver(id, 'checkout.payment.success', { at: Math.floor(now / 1000) + 301 }),
    ];
    for (const delivery of forged) {
      const answer = await hook(delivery);
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_signature']);
    }
    expect(await balance(key)).toBe(0);
    expect(coinbase.asked.length).toBe(asked);
  });
});

describe('an amount', () => {
  const paid = async (amount: string, currency = 'USDC') => {
    const key = await newKey();
    const { body } = await open({ key });
    coinbase.pay(body.chargeId, { amount, currency });
    await tell(body.chargeId, 'checkout.payment.success');
    await tell(body.chargeId, 'checkout.payment.success');
    return { key, id: body.chargeId, purchaseId: body.purchaseId };
  };

  test.each([
    ['too little', '4.99', 'USDC'],
    ['another currency', '5.00', 'EUR'],
  ])('%s: nothing is credited, and the operator is told once', async (_what, amount, currency) => {
    const { key, id, purchaseId } = await paid(amount, currency);
    expect((await claim(id, key)).body).toMatchObject({ status: 'review', balanceMicros: 0 });
    const told = await auditOf(purchaseId);
    expect(told.map(({ action }) => action)).toEqual(['purchase.mismatch']);
    expect(told[0]?.details).toMatchObject({ paid: { micros: Number(amount) * 1e6, currency } });
  });

  test('that came late and is too little is told of too', async () => {
    const { body } = await open();
    coinbase.change(body.chargeId, { status: 'EXPIRED' });
    await claim(body.chargeId);
    coinbase.pay(body.chargeId, { amount: '1.00' });
    expect((await claim(body.chargeId)).body.status).toBe('review');
    expect((await auditOf(body.purchaseId)).map(({ action }) => action)).toEqual(['purchase.mismatch']);
  });

  test('too much: the package is credited, and the excess is on record once', async () => {
    const { key, purchaseId } = await paid('7.5000005');
    expect(await balance(key)).toBe(credit);
    const told = await auditOf(purchaseId);
    expect(told.map(({ action }) => action)).toEqual(['purchase.overpaid']);
    expect(told[0]?.details).toMatchObject({ excessMicros: 2_500_000 });
  });

  test('that a checkout was not opened for is not credited', async () => {
    const key = await newKey();
    const id = await opened(key);
    coinbase.change(id, { amount: '0.01' });
    coinbase.pay(id, { amount: '5.00' });
    expect((await claim(id, key)).body).toMatchObject({ status: 'review', balanceMicros: 0 });
  });

  test('of a checkout that names another purchase is not credited', async () => {
    const key = await newKey();
    const id = await opened(key);
    coinbase.change(id, { metadata: { purchaseId: 'pur_other', accountId: 'acct_other' } });
    coinbase.pay(id);
    expect((await claim(id, key)).body).toMatchObject({ status: 'pending', balanceMicros: 0 });
  });
});

describe('a refund', () => {
  const refunded = async (amounts: string[], paid = '5.00') => {
    const key = await newKey();
    const id = await opened(key);
    coinbase.pay(id, { amount: paid });
    await tell(id, 'checkout.payment.success');
    for (const amount of amounts) {
      coinbase.refund(id, amount);
      await tell(id, 'checkout.refund.success');
      await tell(id, 'checkout.refund.success');
    }
    return balance(key);
  };

  test.each([
    ['of everything takes the credit back', ['5.00'], '5.00', 0],
    ['of a part takes that part back', ['1.25'], '5.00', 3_750_000],
    ['in parts takes each back once', ['1.00', '1.00', '3.00'], '5.00', 0],
    ['of an excess takes nothing back', ['2.00'], '7.00', credit],
    ['of more than the excess takes the rest back', ['3.00'], '7.00', 4_000_000],
  ])('%s', async (_what, amounts, paid, left) => expect(await refunded(amounts, paid)).toBe(left));

  test('without its figure is read off the settlement', async () => {
    const key = await newKey();
    const id = await opened(key);
    coinbase.pay(id);
    await tell(id, 'checkout.payment.success');
    const settlement = { totalAmount: '2.00', feeAmount: '0', netAmount: '2.00', currency: 'USDC' };
    coinbase.change(id, { status: 'PARTIALLY_REFUNDED', settlement });
    await tell(id, 'checkout.refund.success');
    expect(await balance(key)).toBe(2_000_000);
  });

  test('is not undone by an older answer that comes late', async () => {
    const key = await newKey();
    const id = await opened(key);
    coinbase.pay(id);
    await tell(id, 'checkout.payment.success');
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    coinbase.fault = async (real) => {
      coinbase.fault = undefined;
      const answer = await real();
      reach();
      await held;
      return answer;
    };
    coinbase.refund(id, '1.00');
    const first = tell(id, 'checkout.refund.success');
    await reached;
    coinbase.refund(id, '2.00');
    const second = tell(id, 'checkout.refund.success');
    // Long enough for the second to overtake, if nothing held it.
    await Bun.sleep(50);
    release();
    expect((await Promise.all([first, second])).map(({ status }) => status)).toEqual([200, 200]);
    expect(await balance(key)).toBe(2_000_000);
  });

  test('that is told of before the payment leaves nothing', async () => {
    const key = await newKey();
    const id = await opened(key);
    coinbase.pay(id);
    coinbase.refund(id, '5.00');
    await tell(id, 'checkout.refund.success');
    await tell(id, 'checkout.payment.success');
    expect(await balance(key)).toBe(0);
  });
});

describe('when no webhook comes', () => {
  test('an appliance that was killed after Coinbase had made the checkout credits it at the word of Coinbase', async () => {
    const key = await newKey();
    coinbase.fault = async (real) => {
      await real();
      return down();
    };
    await open({ key });
    coinbase.fault = undefined;
    const id = [...coinbase.checkouts.keys()].at(-1) ?? '';
    coinbase.pay(id);
    await appliance.stop();
    appliance = await start(appliance.dataFolder);
    expect(await balance(key)).toBe(0);
    await tell(id, 'checkout.payment.success');
    expect(await balance(key)).toBe(credit);
    expect((await claim(id, key)).body.status).toBe('settled');
  });

  test('refunds are found in the list of checkouts, on whatever page, and asked about for an hour', async () => {
    const key = await newKey();
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.push(await opened(key));
    for (const id of ids) {
      coinbase.pay(id);
      await claim(id, key);
      coinbase.refund(id, '1.00');
    }
    await appliance.maintain();
    expect(await balance(key)).toBe(5 * (credit - 1_000_000));
    now += 2 * 3_600_000;
    for (let round = 0; round < 2; round++) {
      await appliance.maintain();
      now += 1000;
    }
    coinbase.asked.length = 0;
    await appliance.maintain();
    expect(coinbase.asked.filter((request) => ids.some((id) => request.endsWith(id)))).toEqual([]);
  });

  test('open purchases are asked about; those that were never made are closed', async () => {
    const key = await newKey();
    const id = await opened(key);
    coinbase.fault = down;
    await open({ key });
    coinbase.fault = undefined;
    coinbase.pay(id);
    now += 26 * 3_600_000;
    await appliance.maintain();
    expect(await balance(key)).toBe(credit);
    const { body } = await appliance.call('GET', '/api/v1/purchases', { key });
    const stateOf = ({ state, closedReason }: Record<string, string>) => closedReason ?? state;
    expect(body.purchases.map(stateOf).toSorted()).toEqual(['never_started', 'settled']);
  });
});

describe('settings', () => {
  test('without them, all three ways in say that it is off', async () => {
    const off = await startTestAppliance({ modelsFolder });
    const requests = [
      ['/api/v1/checkout/crypto', { packageCode: 'starter' }],
      ['/api/v1/claim/crypto', { chargeId: 'x' }],
      ['/api/v1/webhooks/crypto', {}],
    ] as const;
    for (const [path, body] of requests) {
      const answer = await off.call('POST', path, { body });
      expect([path, answer.status, answer.body.code]).toEqual([path, 503, 'payments_not_configured']);
    }
    await off.stop();
  });

  test('a key that is none stops the start, and is named but not told', async () => {
    const environment = { ...environmentOf(coinbase), KT_COINBASE_KEY_SECRET: 'c2VjcmV0' };
    const started = startTestAppliance({ modelsFolder, environment });
    await expect(started).rejects.toThrow(/coinbase\.keySecret is no key: it is neither/);
    await expect(started).rejects.not.toThrow('c2VjcmV0');
  });

  test('a key that Coinbase does not know is 503', async () => {
    const other = startCoinbaseServer();
    const environment = { ...environmentOf(coinbase), KT_COINBASE_KEY_SECRET: other.keySecret };
    const wrong = await startTestAppliance({ modelsFolder, environment });
    const { status } = await wrong.call('POST', '/api/v1/checkout/crypto', {
      body: { packageCode: 'starter' },
    });
    expect(status).toBe(503);
    await wrong.stop();
    await other[Symbol.asyncDispose]();
  });
});
