import { afterAll, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApplianceChild } from '../../testing/appliance-child.ts';
import { createPayer, type Fault, startX402Facilitator } from '../../testing/fakes/x402-facilitator.ts';
import { fakeModels, startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';

/** What happens to a payment whose facilitator is down, slow, lies, or outlives us. */

const route = '/api/v1/credits/purchase/x402';
const modelsFolder = fakeModels();
let now = Date.now();
const facilitator = startX402Facilitator({ now: () => now });
const environment = {
  KT_X402_PAY_TO: '0x209693Bc6afc0C5328bA36FaF03C514EF312287C',
  KT_X402_FACILITATOR_URL: facilitator.origin,
};
const appliance = await startTestAppliance({ modelsFolder, environment, clock: () => now });
beforeEach(() => {
  now = Date.now();
  Object.assign(facilitator, { faults: {}, remembersPayments: false });
  facilitator.asked.length = 0;
});
afterAll(async () => {
  await appliance.stop();
  await facilitator[Symbol.asyncDispose]();
});

const buy = (payment?: string, on: TestAppliance = appliance) =>
  on.call('POST', route, {
    body: { usdCents: 500 },
    headers: payment === undefined ? {} : { 'payment-signature': payment },
  });
const sign = async (changes = {}, payer = createPayer({ now: () => now })) =>
  payer.pay((await buy()).headers.get('payment-required') ?? '', changes);
const balance = async (on = appliance): Promise<number> =>
  (await on.call('GET', '/api/v1/balance')).body.balanceMicros;
const unresolvedOf = async (): Promise<{ subject: string; details: { reason: string } }[]> =>
  (
    await appliance.call('GET', '/api/v1/admin/audit?limit=100', { key: appliance.adminKey })
  ).body.entries.filter(({ action }: { action: string }) => action === 'purchase.unresolved');
const outage: Fault = () => new Response('<h1>Bad gateway</h1>', { status: 502 });
/** It happens, and its answer is lost. */
const lost: Fault = async (real) => {
  await real();
  return new Response(null, { status: 500 });
};

describe('a facilitator that is down', () => {
  test.each([
    ['at once', outage],
    ['with an answer that is none', () => Response.json({ ok: true })],
    ['with an answer that it takes back', () => Response.json({ isValid: false }, { status: 500 })],
    ['elsewhere', () => Response.redirect('http://127.0.0.1:1/', 307)],
    ['with an endless answer', () => new Response(`"${'x'.repeat(300_000)}"`)],
  ])('before it verified (%s): 503, and the same payment is taken later', async (_how, fault: Fault) => {
    const before = await balance();
    facilitator.faults.verify = fault;
    const payment = await sign();
    const { status, headers, body } = await buy(payment);
    expect([status, body.code]).toEqual([503, 'payment_provider_unavailable']);
    expect(headers.has('retry-after')).toBe(true);
    facilitator.faults = {};
    expect((await buy(payment)).status).toBe(200);
    expect(await balance()).toBe(before + 5_000_000);
  });

  test('before it settled: 503, and the same payment is taken later', async () => {
    const before = await balance();
    facilitator.faults.settle = outage;
    const payment = await sign();
    expect((await buy(payment)).status).toBe(503);
    expect(await balance()).toBe(before);
    facilitator.faults = {};
    expect((await buy(payment)).status).toBe(200);
    expect(await balance()).toBe(before + 5_000_000);
  });

  test('after it settled: where it remembers, the same payment is credited once, even when it is over', async () => {
    const before = await balance();
    facilitator.faults.settle = lost;
    facilitator.remembersPayments = true;
    const payment = await sign();
    expect((await buy(payment)).status).toBe(503);
    facilitator.faults = {};
    now += 3_600_000;
    const answers = [await buy(payment), await buy(payment)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await balance()).toBe(before + 5_000_000);
  });

  test('after it settled: where it has forgotten, nothing is credited and the operator is told once', async () => {
    const before = await balance();
    facilitator.faults.settle = lost;
    const payment = await sign();
    await buy(payment);
    facilitator.faults = {};
    const answers = [await buy(payment), await buy(payment)];
    for (const { status, body } of answers) expect([status, body.code]).toEqual([409, 'payment_unresolved']);
    const told = (await unresolvedOf()).filter(({ subject }) => answers[0]?.body.error.includes(subject));
    expect(told).toHaveLength(1);
    expect(told[0]?.details.reason).toBe('invalid_exact_evm_transaction_failed');
    expect(await balance()).toBe(before);
  });
});

describe('a payment whose answer was lost', () => {
  const lose = async () => {
    facilitator.faults.settle = lost;
    const payment = await sign();
    await buy(payment);
    facilitator.faults = {};
    return payment;
  };

  test('is not taken for refused, whatever is said of it later', async () => {
    const payment = await lose();
    now += 3_600_000;
    const { body } = await buy(payment);
    expect([body.code, (await unresolvedOf())[0]?.details.reason]).toEqual([
      'payment_unresolved',
      'invalid_exact_evm_payload_authorization_valid_before',
    ]);
    facilitator.remembersPayments = true;
    expect((await buy(payment)).status).toBe(200);
  });

  test('and that nobody sends again is told to the operator, who settles it', async () => {
    const payment = await lose();
    const purchaseId = (await appliance.call('GET', '/api/v1/purchases')).body.purchases[0].purchaseId;
    const told = async () => (await unresolvedOf()).filter(({ subject }) => subject === purchaseId).length;
    await appliance.maintain();
    expect(await told()).toBe(0);
    for (const hours of [1, 2]) {
      now += hours * 3_600_000;
      await appliance.maintain();
      expect(await told()).toBe(1);
    }
    const decision = { purchaseId, reason: 'It is on the chain.' };
    const asAdmin = { key: appliance.adminKey, body: decision };
    await appliance.call('POST', '/api/v1/admin/purchases/settle', asAdmin);
    const { status, body } = await buy(payment);
    expect([status, body.purchaseId, body.transaction]).toEqual([200, purchaseId, '']);
  });
});

test('a facilitator that writes null for what it leaves out is understood', async () => {
  facilitator.faults.verify = () => Response.json({ isValid: true, invalidReason: null, payer: null });
  facilitator.faults.settle = async (real) =>
    Response.json({ ...(await real()), errorReason: null, payer: null, amount: null, extensions: {} });
  expect((await buy(await sign())).status).toBe(200);
});

describe('a facilitator that refuses to settle', () => {
  const refusing = (errorReason: string, transaction = ''): Fault => {
    return () => Response.json({ success: false, errorReason, transaction, network: 'eip155:8453' });
  };

  test('for sure: 402 with its answer, and the payment is not tried again', async () => {
    facilitator.faults.settle = refusing('insufficient_funds');
    const payment = await sign();
    const { status, headers, body } = await buy(payment);
    expect([status, body.details.reason]).toEqual([402, 'insufficient_funds']);
    const settlement = Buffer.from(headers.get('payment-response') ?? '', 'base64').toString();
    expect(JSON.parse(settlement)).toMatchObject({ success: false, errorReason: 'insufficient_funds' });
    facilitator.asked.length = 0;
    expect((await buy(payment)).body.details.reason).toBe('insufficient_funds');
    expect(facilitator.asked).toEqual([]);
  });

  test.each([
    ['an unclear reason', refusing('unexpected_settle_error')],
    ['a used nonce', refusing('invalid_exact_evm_transaction_failed')],
    ['a transaction that was sent', refusing('insufficient_funds', `0x${'1'.repeat(64)}`)],
  ])('with %s: it stays open, and may be tried again', async (_what, fault) => {
    const before = await balance();
    facilitator.faults.settle = fault;
    const payment = await sign();
    expect((await buy(payment)).body.code).toBe('payment_unresolved');
    expect(await balance()).toBe(before);
    facilitator.faults = {};
    expect((await buy(payment)).status).toBe(200);
    expect(await balance()).toBe(before + 5_000_000);
  });
});

describe('a facilitator that lies', () => {
  const claiming = (claim: object): Fault => {
    const truth = { success: true, transaction: `0x${'2'.repeat(64)}`, network: 'eip155:8453' };
    return () => Response.json({ ...truth, ...claim });
  };

  test('about the validity is believed when it says no', async () => {
    facilitator.faults.verify = () => Response.json({ isValid: false, invalidReason: 'because' });
    expect((await buy(await sign())).body.details.reason).toBe('because');
  });

  test('about who pays is not asked to settle', async () => {
    facilitator.faults.verify = () => Response.json({ isValid: true, payer: `0x${'3'.repeat(40)}` });
    expect((await buy(await sign())).status).toBe(402);
    expect(facilitator.asked.map(({ path }) => path)).toEqual(['verify']);
  });

  test.each([
    [{ payer: `0x${'3'.repeat(40)}` }],
    [{ network: 'eip155:84532' }],
    [{ amount: '1' }],
    [{ transaction: '' }],
    [{ transaction: 'yes' }],
  ])('with %j about the settlement: nothing is credited, and the operator is told', async (claim) => {
    const before = await balance();
    const toldBefore = (await unresolvedOf()).length;
    facilitator.faults.settle = claiming(claim);
    expect((await buy(await sign())).body.code).toBe('payment_unresolved');
    expect(await balance()).toBe(before);
    expect((await unresolvedOf()).length).toBe(toldBefore + 1);
  });

  test('with one transaction for two payments: the second is not credited', async () => {
    const before = await balance();
    facilitator.faults.settle = claiming({ transaction: `0x${'Ab'.repeat(32)}` });
    expect((await buy(await sign())).status).toBe(200);
    facilitator.faults.settle = claiming({ transaction: `0x${'aB'.repeat(32)}` });
    expect((await buy(await sign())).body.code).toBe('payment_unresolved');
    expect(await balance()).toBe(before + 5_000_000);
  });
});

test('killed between settling and crediting: the next start credits the same payment, once', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'kt-x402-'));
  facilitator.remembersPayments = true;
  const child = await startApplianceChild({ dataFolder, modelsFolder, settings: environment });
  const payment = await sign();
  facilitator.faults.settle = async (real) => {
    await real();
    await child.kill();
    return new Response();
  };
  const headers = {
    ...{ authorization: `Bearer ${child.apiKey}`, 'content-type': 'application/json' },
    'payment-signature': payment,
  };
  const request = { method: 'POST', headers, body: JSON.stringify({ usdCents: 500 }) };
  expect(await fetch(`${child.origin}${route}`, request).catch(() => 'died')).toBe('died');
  facilitator.faults = {};
  const next = await startTestAppliance({ dataFolder, modelsFolder, environment });
  const before = await balance(next);
  const answers = [await buy(payment, next), await buy(payment, next)];
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(await balance(next)).toBe(before + 5_000_000);
  await next.stop();
});
