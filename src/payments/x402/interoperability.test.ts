import { afterAll, beforeAll, expect, test } from 'bun:test';
import { x402Client } from '@x402/core/client';
import { decodePaymentResponseHeader, HTTPFacilitatorClient } from '@x402/core/http';
import { registerExactEvmScheme } from '@x402/evm/exact/client';
import { wrapFetchWithPayment } from '@x402/fetch';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { createPayer, startX402Facilitator } from '../../testing/fakes/x402-facilitator.ts';
import { fakeModels, startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';
import { createFacilitator } from './facilitator.ts';
import { decodeHeader, encodeHeader, PaymentPayload } from './protocol.ts';
import { paymentRequirements } from './requirements.ts';

/** The client that agents pay with, over loopback: it reads our terms, signs them and is credited. */

const payTo = '0x209693Bc6afc0C5328bA36FaF03C514EF312287C';
const facilitator = startX402Facilitator();
let appliance: TestAppliance;
beforeAll(async () => {
  const environment = { KT_X402_PAY_TO: payTo, KT_X402_FACILITATOR_URL: facilitator.origin };
  appliance = await startTestAppliance({ modelsFolder: fakeModels(), environment });
  appliance.app.listen({ hostname: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await appliance.stop();
  await facilitator[Symbol.asyncDispose]();
});

const post = (fetching: (url: string, request: RequestInit) => Promise<Response>, usdCents: number) =>
  fetching(`http://127.0.0.1:${appliance.app.server?.port}/api/v1/credits/purchase/x402`, {
    method: 'POST',
    headers: { authorization: `Bearer ${appliance.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ usdCents }),
  });

function wallet() {
  const account = privateKeyToAccount(generatePrivateKey());
  const client = new x402Client();
  registerExactEvmScheme(client, { signer: account });
  return { account, client };
}

test('@x402/fetch pays for credit, once its spending controls allow more than $1', async () => {
  const { account, client } = wallet();
  client.setSpendControls({ maxAmountPerPayment: '$50' });
  const before: number = (await appliance.call('GET', '/api/v1/balance')).body.balanceMicros;
  const response = await post(wrapFetchWithPayment(fetch, client), 2500);
  expect(response.status).toBe(200);
  const settlement = decodePaymentResponseHeader(response.headers.get('payment-response') ?? '');
  const payer = account.address.toLowerCase();
  expect(settlement).toMatchObject({ success: true, network: 'eip155:8453', payer });
  expect([...facilitator.transactions.values()]).toEqual([settlement.transaction]);
  expect(facilitator.received.get(payTo.toLowerCase())).toBe(25_000_000n);
  expect(await response.json()).toMatchObject({ creditUsd: 25, balanceMicros: before + 25_000_000 });
});

test('@x402/fetch understands that a payment was refused', async () => {
  const { account, client } = wallet();
  facilitator.balances.set(account.address.toLowerCase(), 0n);
  const response = await post(wrapFetchWithPayment(fetch, client), 100);
  expect(response.status).toBe(402);
  expect(await response.json()).toMatchObject({ details: { reason: 'insufficient_funds' } });
});

test('a facilitator is asked as @x402/core asks it, and its answers are read alike', async () => {
  const requirements = paymentRequirements(
    {
      ...{ payTo, network: 'eip155:8453', asset: payTo, assetName: 'USD Coin', assetVersion: '2' },
      ...{ facilitatorUrl: '', facilitatorToken: '' },
    },
    500,
  );
  const resource = { url: 'https://media.example.com/', description: '', mimeType: '' };
  const terms = encodeHeader({ x402Version: 2, resource, accepts: [requirements] });
  const payment = decodeHeader(PaymentPayload, await createPayer().pay(terms));
  if (!payment) throw new Error('This payment is malformed.');
  const asked: unknown[] = [];
  await using recorder = Bun.serve({
    ...{ hostname: '127.0.0.1', port: 0 },
    async fetch(request) {
      const { method, url } = request;
      asked.push([method, new URL(url).pathname, await request.json()]);
      const answer = { success: true, isValid: true, transaction: '0x1', network: 'eip155:8453' };
      return Response.json(answer);
    },
  });
  const url = `${recorder.url.origin}/facilitator`;
  const theirs = new HTTPFacilitatorClient({ url });
  const ours = createFacilitator({ facilitatorUrl: url, facilitatorToken: '' });
  const check = { payment, requirements };
  const network = 'eip155:8453' as const;
  const theirTerms = { ...requirements, network };
  const theirPayment = { ...payment, accepted: { ...payment.accepted, network } };
  const answers = [
    [await theirs.verify(theirPayment, theirTerms), await ours.verify(check)],
    [await theirs.settle(theirPayment, theirTerms), await ours.settle(check)],
  ];
  for (const [their, our] of answers) expect(our).toMatchObject({ ...their });
  expect([asked[1], asked[3]]).toEqual([asked[0], asked[2]]);
});
