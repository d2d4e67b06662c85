import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test';
import { type CoinbaseServer, startCoinbaseServer } from '../../testing/fakes/coinbase-server.ts';
import { fakeModels, startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';

/** A checkout of which Coinbase says what can't be read holds up the look at no other. */

const hourMs = 3_600_000;
let now = Date.UTC(2026, 0, 1);
let coinbase: CoinbaseServer;
let appliance: TestAppliance;
let key: string;
beforeAll(async () => {
  coinbase = startCoinbaseServer({ now: () => now });
  const environment = {
    KT_COINBASE_KEY_NAME: coinbase.keyName,
    KT_COINBASE_KEY_SECRET: coinbase.keySecret,
    KT_COINBASE_WEBHOOK_SECRET: coinbase.webhookSecret,
    KT_COINBASE_API_URL: coinbase.origin,
  };
  appliance = await startTestAppliance({ modelsFolder: fakeModels(), environment, clock: () => now });
  await appliance.maintain();
});
beforeEach(async () => {
  coinbase.fault = undefined;
  const options = { key: appliance.adminKey, body: { name: 'Customer' } };
  key = (await appliance.call('POST', '/api/v1/admin/accounts', options)).body.apiKey;
});
afterAll(async () => {
  await appliance.stop();
  await coinbase[Symbol.asyncDispose]();
});

const open = async (): Promise<string> =>
  (await appliance.call('POST', '/api/v1/checkout/crypto', { key, body: { packageCode: 'starter' } })).body
    .chargeId;
const balance = async (): Promise<number> =>
  (await appliance.call('GET', '/api/v1/balance', { key })).body.balanceMicros;
/** Of one checkout alone, nobody can read what Coinbase answers. */
function garble(id: string): void {
  coinbase.fault = async (real) => {
    const answer = (await (await real()).json()) as { id?: string };
    return Response.json(answer.id === id ? { id, amount: -5 } : answer);
  };
}
const look = async () => {
  now += hourMs;
  await appliance.maintain();
};

test.each([0, 1])('of open ones, number %i', async (broken) => {
  const ids = [await open(), await open()];
  for (const id of ids) coinbase.pay(id);
  garble(ids[broken] ?? '');
  await look();
  expect(await balance()).toBe(5_000_000);
  coinbase.fault = undefined;
  await look();
  await look();
  expect(await balance()).toBe(10_000_000);
});

test.each([0, 1])('of refunded ones, number %i, and an open one of none', async (broken) => {
  const ids = [await open(), await open()];
  for (const id of ids) coinbase.pay(id);
  await look();
  for (const id of ids) coinbase.refund(id, '5.00');
  garble(ids[broken] ?? '');
  await look();
  expect(await balance()).toBe(5_000_000);
  const unpaid = await open();
  garble(unpaid);
  await look();
  expect(await balance()).toBe(0);
});
