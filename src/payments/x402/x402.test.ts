import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import {
  createPayer,
  startX402Facilitator,
  type X402Facilitator,
} from '../../testing/fakes/x402-facilitator.ts';
import { fakeModels, startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';

const route = '/api/v1/credits/purchase/x402';
const payTo = '0x209693Bc6afc0C5328bA36FaF03C514EF312287C';
const modelsFolder = fakeModels();

let facilitator: X402Facilitator;
let appliance: TestAppliance;
const environmentOf = (origin: string) => ({
  KT_X402_PAY_TO: payTo,
  KT_X402_FACILITATOR_URL: origin,
  KT_X402_FACILITATOR_TOKEN: 'facilitator-token',
});
beforeAll(async () => {
  facilitator = startX402Facilitator();
  appliance = await startTestAppliance({ modelsFolder, environment: environmentOf(facilitator.origin) });
});
beforeEach(() => {
  facilitator.faults = {};
  facilitator.remembersPayments = false;
  facilitator.asked.length = 0;
});
afterAll(async () => {
  await appliance.stop();
  await facilitator[Symbol.asyncDispose]();
});

const decode = (header: string | null) => JSON.parse(Buffer.from(header ?? '', 'base64').toString());
const encode = (message: object) => Buffer.from(JSON.stringify(message)).toString('base64');
const buy = (signature?: string, { usdCents = 500, key = appliance.apiKey, on = appliance } = {}) =>
  on.call('POST', route, {
    key,
    body: { usdCents },
    headers: signature === undefined ? {} : { 'payment-signature': signature },
  });
const balanceOf = async (key = appliance.apiKey, on = appliance): Promise<number> =>
  (await on.call('GET', '/api/v1/balance', { key })).body.balanceMicros;
const newAccount = async (): Promise<{ accountId: string; apiKey: string }> => {
  const options = { key: appliance.adminKey, body: { name: 'Customer' } };
  return (await appliance.call('POST', '/api/v1/admin/accounts', options)).body;
};
/** A payment for $5, signed. */
const signed = async (
  changes: Parameters<ReturnType<typeof createPayer>['pay']>[1] = {},
  { payer = createPayer(), usdCents = 500 } = {},
) => payer.pay((await buy(undefined, { usdCents })).headers.get('payment-required') ?? '', changes);
const paths = () => facilitator.asked.map(({ path }) => path);

describe('asking without a payment', () => {
  test('answers 402 with the terms, in the header and in the body', async () => {
    const { status, headers, body } = await buy();
    expect(status).toBe(402);
    expect(headers.get('cache-control')).toBe('no-store');
    const accepts = [
      {
        ...{ scheme: 'exact', network: 'eip155:8453', amount: '5000000', payTo, maxTimeoutSeconds: 300 },
        asset: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
        extra: { name: 'USD Coin', version: '2' },
      },
    ];
    const resource = { url: `http://localhost${route}`, mimeType: 'application/json' };
    const required = decode(headers.get('payment-required'));
    expect(required).toMatchObject({ x402Version: 2, error: expect.any(String), resource, accepts });
    expect(body).toMatchObject({ code: 'payment_required', error: expect.any(String), resource, accepts });
    expect(facilitator.asked).toEqual([]);
  });

  test.each([
    [{}],
    [{ usdCents: 99 }],
    [{ usdCents: 1_000_001 }],
    [{ usdCents: 100.5 }],
    [{ usdCents: '500' }],
    [{ usdCents: 500, creditMicros: 1_000_000_000 }],
    [{ usdCents: 500, accountId: 'acct_other' }],
    [{ usdCents: 500, affiliateCode: '' }],
    [{ usdCents: 500, affiliateCode: 'x'.repeat(65) }],
  ])('a body like %j is refused', async (body) =>
    expect((await appliance.call('POST', route, { body })).status).toBe(422),
  );

  test('needs a key', async () => {
    const { status } = await appliance.call('POST', route, { key: null, body: { usdCents: 500 } });
    expect(status).toBe(401);
  });
});

describe('a payment', () => {
  test('is verified, settled and credited one to one', async () => {
    const before = await balanceOf();
    const payer = createPayer();
    const { status, headers, body } = await buy(await signed({}, { payer }));
    expect(status).toBe(200);
    const transaction = [...facilitator.transactions.values()].at(-1) ?? '';
    expect(body).toMatchObject({
      ...{ creditUsd: 5, creditMicros: 5_000_000, usdCents: 500, currency: 'usd' },
      ...{ balanceMicros: before + 5_000_000, transaction, network: 'eip155:8453' },
      ...{ purchaseId: expect.stringMatching(/^pur_/), payer: payer.address.toLowerCase() },
    });
    expect(decode(headers.get('payment-response'))).toEqual({
      ...{ success: true, transaction, network: 'eip155:8453', payer: payer.address.toLowerCase() },
    });
    expect(await balanceOf()).toBe(before + 5_000_000);
    const authorization = 'Bearer facilitator-token';
    expect(facilitator.asked).toEqual([
      { path: 'verify', authorization },
      { path: 'settle', authorization },
    ]);
  });

  test('sent again gets the same answer and no second credit', async () => {
    const payment = await signed();
    const first = await buy(payment);
    const { status, headers, body } = await buy(payment);
    expect([status, body]).toEqual([200, first.body]);
    expect(headers.get('payment-response')).toBe(first.headers.get('payment-response'));
    expect(paths()).toEqual(['verify', 'settle']);
  });

  test('sent ten times at once is settled once, and all learn of it', async () => {
    const before = await balanceOf();
    const payment = await signed();
    const answers = await Promise.all(Array.from({ length: 10 }, () => buy(payment)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(new Set(answers.map(({ body }) => body.purchaseId)).size).toBe(1);
    expect(await balanceOf()).toBe(before + 5_000_000);
    expect(paths()).toEqual(['verify', 'settle']);
  });

  test('of one account is none of another, before, during and after', async () => {
    const { apiKey: thief } = await newAccount();
    const payment = await signed();
    const [own, stolen] = await Promise.all([buy(payment), buy(payment, { key: thief })]);
    expect([own.status, stolen.status, stolen.body.code]).toEqual([200, 409, 'payment_used']);
    expect((await buy(payment, { key: thief })).body.code).toBe('payment_used');
    expect(await balanceOf(thief)).toBe(0);
  });

  test('with a nonce that bought something else is refused', async () => {
    const payer = createPayer();
    const nonce = `0x${'ab'.repeat(32)}`;
    expect((await buy(await signed({ nonce }, { payer }))).status).toBe(200);
    const again = await signed({ nonce: nonce.toUpperCase().replace('0X', '0x') }, { payer, usdCents: 900 });
    expect((await buy(again, { usdCents: 900 })).body.code).toBe('payment_used');
  });
});

describe('a payment that is not the one that is asked for', () => {
  const nowSeconds = () => Math.floor(Date.now() / 1000);
  test.each([
    ['another amount', { amount: '1' }, {}, 'invalid_amount'],
    ['another network', { network: 'eip155:84532' }, {}, 'invalid_network'],
    ['another token', { asset: payTo }, {}, 'invalid_asset'],
    ['another payee', { payTo: `0x${'1'.repeat(40)}` }, {}, 'invalid_pay_to'],
    ['a payee that differs from the terms', {}, { to: `0x${'1'.repeat(40)}` }, 'recipient_mismatch'],
    ['a value that differs from the terms', {}, { value: '4999999' }, 'authorization_value'],
    ['an authorization that is over', {}, { validBefore: String(nowSeconds() + 3) }, 'valid_before'],
    ['an authorization that is yet to come', {}, { validAfter: String(nowSeconds() + 60) }, 'valid_after'],
  ])('%s: 402 again with the reason, and nobody is asked', async (_what, accepted, changes, reason) => {
    const payment = decode(await signed(changes));
    const { status, headers, body } = await buy(
      encode({ ...payment, accepted: { ...payment.accepted, ...accepted } }),
    );
    expect([status, body.code]).toEqual([402, 'payment_required']);
    expect(body.details.reason).toEndWith(reason);
    expect(decode(headers.get('payment-required'))).toMatchObject({
      error: body.details.reason,
      accepts: [{ amount: '5000000' }],
    });
    expect(facilitator.asked).toEqual([]);
  });

  test('a signature by somebody else is refused by the facilitator', async () => {
    const before = await balanceOf();
    const { status, body } = await buy(await signed({ from: createPayer().address }));
    expect([status, body.details.reason]).toEqual([402, 'invalid_exact_evm_signature']);
    expect([paths(), await balanceOf()]).toEqual([['verify'], before]);
  });

  test('a payer without money is refused', async () => {
    const payer = createPayer();
    facilitator.balances.set(payer.address.toLowerCase(), 4_999_999n);
    const { status, body } = await buy(await signed({}, { payer }));
    expect([status, body.details.reason]).toEqual([402, 'insufficient_funds']);
  });

  const good = async () => decode(await signed());
  test.each([
    ['no base64', () => 'a payment'],
    ['no JSON', () => Buffer.from('{').toString('base64')],
    ['another JSON', () => encode([])],
    ['version 1', async () => encode({ ...(await good()), x402Version: 1 })],
    ['no payload', async () => encode({ ...(await good()), payload: {} })],
    [
      'a short signature',
      async () => encode({ ...(await good()), payload: { ...(await good()).payload, signature: '0x12' } }),
    ],
    [
      'a negative value',
      () =>
        signed({ value: '5000000' }).then((header) =>
          encode(
            JSON.parse(JSON.stringify(decode(header)).replace('"value":"5000000"', '"value":"-5000000"')),
          ),
        ),
    ],
    [
      'a header that is too long',
      async () => encode({ ...(await good()), extensions: { fill: 'x'.repeat(9000) } }),
    ],
  ])('%s: 400', async (_what, header) => {
    const { status, body } = await buy(await header());
    expect([status, body.code]).toEqual([400, 'malformed_payment']);
    expect(facilitator.asked).toEqual([]);
  });

  test("version 1's header is refused with a word about version 2", async () => {
    const headers = { 'x-payment': await signed() };
    const { status, body } = await appliance.call('POST', route, { body: { usdCents: 500 }, headers });
    expect([status, body.code]).toEqual([400, 'x402_version_unsupported']);
    expect(body.error).toContain('PAYMENT-SIGNATURE');
  });
});

test('without an address to pay to, it says that it is off', async () => {
  const off = await startTestAppliance({ modelsFolder });
  const { status, headers, body } = await buy(undefined, { on: off, key: off.apiKey });
  expect([status, body.code]).toEqual([503, 'payments_not_configured']);
  expect(headers.has('retry-after')).toBe(true);
  await off.stop();
});
