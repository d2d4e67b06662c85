import { afterAll, beforeEach, describe, expect, test } from 'bun:test';
import { createLog } from '../../log.ts';
import { createPayer, startX402Facilitator } from '../../testing/fakes/x402-facilitator.ts';
import { fakeModels, startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';

const route = '/api/v1/credits/purchase/x402';
const modelsFolder = fakeModels();
const facilitator = startX402Facilitator();
const settlesOn = facilitator.supported;
const settlesNowhereHere = () => Response.json({ kinds: [{ ...kind, network: 'eip155:84532' }] });
const kind = { x402Version: 2, scheme: 'exact', network: 'eip155:8453' };
beforeEach(() => {
  facilitator.supported = settlesOn;
});
afterAll(() => facilitator[Symbol.asyncDispose]());

const lines: Record<string, unknown>[] = [];
const log = createLog({ level: 'debug', write: (line) => lines.push(JSON.parse(line)), now: () => 0 });

async function withAppliance(
  environment: Record<string, string>,
  work: (appliance: TestAppliance) => Promise<void>,
) {
  lines.length = 0;
  const appliance = await startTestAppliance({
    ...{ modelsFolder, log },
    environment: {
      KT_X402_PAY_TO: '0x209693Bc6afc0C5328bA36FaF03C514EF312287C',
      KT_X402_FACILITATOR_URL: facilitator.origin,
      ...environment,
    },
  });
  try {
    await work(appliance);
  } finally {
    await appliance.stop();
  }
}

const buy = async (appliance: TestAppliance, headers: Record<string, string> = {}) =>
  appliance.call('POST', route, { body: { usdCents: 500 }, headers });
const stateOf = async (appliance: TestAppliance): Promise<string> =>
  (await appliance.call('GET', '/api/v1/health', { key: null })).body.payments.x402;

test('by default no facilitator is named, so that the chain and who settles on it are chosen together', () =>
  withAppliance({ KT_X402_FACILITATOR_URL: '' }, async (appliance) => {
    expect(await stateOf(appliance)).toBe('off');
    expect((await buy(appliance)).body.code).toBe('payments_not_configured');
  }));

describe('a facilitator that does not settle on the chain that is asked for', () => {
  test.each([
    ['another chain', [{ ...kind, network: 'eip155:84532' }]],
    ['another scheme', [{ ...kind, scheme: 'upto' }]],
    ['another version', [{ ...kind, x402Version: 1 }]],
    ['nothing', []],
  ])('but %s: no payer is asked to sign, and the operator is told', (_what, kinds) =>
    withAppliance({}, async (appliance) => {
      facilitator.supported = () => Response.json({ kinds });
      expect(await stateOf(appliance)).toBe('ready');
      const { status, body, headers } = await buy(appliance);
      expect([status, body.code]).toEqual([503, 'payments_not_configured']);
      expect(headers.has('payment-required')).toBe(false);
      expect(await stateOf(appliance)).toBe('off');
      const told = lines.find(({ message }) => message === 'x402 is off');
      expect(JSON.stringify(told)).toContain('settles no payments on eip155:8453');
    }),
  );

  test('is asked by the first look, before anybody buys, and the start does not wait for it', () =>
    withAppliance({}, async (appliance) => {
      facilitator.supported = settlesNowhereHere;
      await appliance.maintain();
      expect(await stateOf(appliance)).toBe('off');
    }));

  test('is taken when it learns to', () =>
    withAppliance({}, async (appliance) => {
      facilitator.supported = settlesNowhereHere;
      expect((await buy(appliance)).status).toBe(503);
      facilitator.supported = settlesOn;
      expect((await buy(appliance)).status).toBe(503);
      await appliance.maintain();
      expect([(await buy(appliance)).status, await stateOf(appliance)]).toEqual([402, 'ready']);
    }));
});

describe('a facilitator that can not tell', () => {
  test.each([
    ['is down', () => new Response('<h1>Bad gateway</h1>', { status: 502 })],
    ['knows no such address', () => new Response('not found', { status: 404 })],
    ['talks nonsense', () => Response.json({ kinds: 'all' })],
    ['redirects', () => Response.redirect('http://127.0.0.1:1/', 307)],
  ])('because it %s is tried: the terms are given, and verifying tells', (_why, answer) =>
    withAppliance({}, async (appliance) => {
      facilitator.supported = answer;
      const { status, headers } = await buy(appliance);
      expect([status, await stateOf(appliance)]).toEqual([402, 'ready']);
      const payment = await createPayer().pay(headers.get('payment-required') ?? '');
      expect((await buy(appliance, { 'payment-signature': payment })).status).toBe(200);
    }),
  );
});
