import { afterAll, beforeAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  type CoinbaseServer,
  type Delivery,
  startCoinbaseServer,
} from '../../testing/fakes/coinbase-server.ts';
import { fakeModels, startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';

/** Whatever happens in whatever order: in the end the books balance, and each payment is credited once. */

let coinbase: CoinbaseServer;
let appliance: TestAppliance;
const modelsFolder = fakeModels();
const start = (dataFolder?: string) =>
  startTestAppliance({
    modelsFolder,
    ...(dataFolder === undefined ? {} : { dataFolder }),
    environment: {
      KT_COINBASE_KEY_NAME: coinbase.keyName,
      KT_COINBASE_KEY_SECRET: coinbase.keySecret,
      KT_COINBASE_WEBHOOK_SECRET: coinbase.webhookSecret,
      KT_COINBASE_API_URL: coinbase.origin,
    },
  });
beforeAll(async () => {
  coinbase = startCoinbaseServer();
  appliance = await start();
});
afterAll(async () => {
  await appliance.stop();
  await coinbase[Symbol.asyncDispose]();
});

const steps = fc.constantFrom(
  ...([
    'pay',
    'expire',
    'refund a dollar',
    'refund all',
    'tell',
    'repeat',
    'claim',
    'outage',
    'restart',
  ] as const),
);
type Step = typeof steps extends fc.Arbitrary<infer S> ? S : never;

async function play(sequence: readonly Step[]): Promise<{ balanceMicros: number; id: string }> {
  const account = { key: appliance.adminKey, body: { name: 'Customer' } };
  const key: string = (await appliance.call('POST', '/api/v1/admin/accounts', account)).body.apiKey;
  const order = { key, body: { packageCode: 'starter' } };
  const id: string = (await appliance.call('POST', '/api/v1/checkout/crypto', order)).body.chargeId;
  const told: Delivery[] = [];
  const hook = (delivery: Delivery | undefined) =>
    delivery && appliance.call('POST', '/api/v1/webhooks/crypto', { key: null, ...delivery });
  const isPaid = () => coinbase.checkouts.get(id)?.settlement !== undefined;
  const act: Record<Step, () => unknown> = {
    pay: () => isPaid() || coinbase.pay(id),
    expire: () => isPaid() || coinbase.change(id, { status: 'EXPIRED' }),
    'refund a dollar': () =>
      isPaid() && coinbase.checkouts.get(id)?.status !== 'REFUNDED' && coinbase.refund(id, '1.00'),
    'refund all': () => isPaid() && coinbase.change(id, { status: 'REFUNDED', refundedAmount: '5.00' }),
    tell: () => hook(told[told.push(coinbase.deliver(id, 'checkout.changed')) - 1]),
    repeat: () => Promise.all(told.toReversed().map(hook)),
    claim: () => appliance.call('POST', '/api/v1/claim/crypto', { key, body: { chargeId: id } }),
    outage: () => {
      coinbase.fault = coinbase.fault ? undefined : () => new Response(null, { status: 503 });
    },
    async restart() {
      await appliance.stop();
      appliance = await start(appliance.dataFolder);
    },
  };
  for (const step of sequence) await act[step]();
  coinbase.fault = undefined;
  await hook(coinbase.deliver(id, 'checkout.changed'));
  const { body } = await appliance.call('GET', '/api/v1/balance', { key });
  return { id, balanceMicros: body.balanceMicros };
}

test('any interleaving of payments, webhooks, claims, refunds, outages and restarts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 12 }), async (sequence) => {
      const { id, balanceMicros } = await play(sequence);
      const { settlement, refundedAmount = '0' } = coinbase.checkouts.get(id) ?? {};
      const left = settlement ? 5_000_000 - Number(refundedAmount) * 1e6 : 0;
      expect(balanceMicros).toBe(left);
    }),
    { numRuns: 30 },
  );
  const books = await appliance.call('GET', '/api/v1/admin/ledger/check', { key: appliance.adminKey });
  expect(books.body).toMatchObject({ status: 'ok' });
});
