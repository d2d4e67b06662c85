import { afterAll, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { checkLedger } from '../../ledger/invariants.ts';
import { type ApplianceChild, startApplianceChild } from '../../testing/appliance-child.ts';
import { startStripeServer } from '../../testing/fakes/stripe-server.ts';
import { fakeModels } from '../../testing/test-appliance.ts';

const stripe = startStripeServer();
const modelsFolder = fakeModels();
const settings = {
  KT_PORT: '0',
  KT_FIRST_RUN_OPERATOR_GRANT_USD: '0',
  KT_STRIPE_SECRET_KEY: stripe.secretKey,
  KT_STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
  KT_STRIPE_API_URL: stripe.origin,
};
let dataFolder: string;
beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'kt-stripe-crash-'));
});
afterAll(() => stripe[Symbol.asyncDispose]());

const start = () => startApplianceChild({ dataFolder, modelsFolder, settings });
const post = async (
  child: ApplianceChild,
  path: string,
  body: string,
  headers: Record<string, string> = {},
) => {
  const authorization = `Bearer ${child.apiKey}`;
  const all = { authorization, 'content-type': 'application/json', ...headers };
  const response = await fetch(`${child.origin}${path}`, { method: 'POST', body, headers: all });
  const answer: { sessionId: string; status: string; balanceMicros: number } = JSON.parse(
    await response.text(),
  );
  return { status: response.status, body: answer };
};
const balance = async ({ origin, apiKey }: ApplianceChild) => {
  const response = await fetch(`${origin}/api/v1/balance`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const { balanceMicros }: { balanceMicros: number } = JSON.parse(await response.text());
  return balanceMicros;
};

/** Kills the appliance when Stripe has done what it was asked and before its answer arrives. */
async function killedInTheMiddle(child: ApplianceChild, work: () => Promise<unknown>): Promise<void> {
  stripe.fault = async (real) => {
    const answer = real();
    await child.kill();
    return answer;
  };
  await expect(work()).rejects.toThrow();
  stripe.fault = undefined;
}

test('an appliance that is killed between Stripe and its own books makes one session of one request, and credits one payment once', async () => {
  let child = await start();
  const headers = { 'x-idempotency-key': 'one', host: 'localhost' };
  const checkout = () => post(child, '/api/v1/checkout/stripe', '{"packageCode":"starter"}', headers);
  await killedInTheMiddle(child, checkout);
  expect(stripe.account.sessions.size).toBe(1);
  child = await start();
  const { status, body } = await checkout();
  expect([status, [...stripe.account.sessions.keys()]]).toEqual([201, [body.sessionId]]);

  stripe.account.pay(body.sessionId);
  const event = stripe.account.events.find(({ type }) => type === 'checkout.session.completed') ?? {};
  const deliver = () => {
    const delivery = stripe.sign(event);
    return post(child, '/api/v1/webhooks/stripe', delivery.body, delivery.headers);
  };
  const claim = () => post(child, '/api/v1/claim/stripe', JSON.stringify({ sessionId: body.sessionId }));
  await killedInTheMiddle(child, deliver);
  child = await start();
  expect(await balance(child)).toBe(0);
  await killedInTheMiddle(child, claim);
  child = await start();
  expect((await deliver()).status).toBe(200);
  expect(await balance(child)).toBe(5_000_000);
  await child.kill();
  child = await start();
  expect((await deliver()).status).toBe(200);
  expect((await claim()).body).toMatchObject({ status: 'settled', balanceMicros: 5_000_000 });
  await child.stop();
  const database = new Database(join(dataFolder, 'appliance.sqlite'), { readonly: true });
  checkLedger(database);
  database.close();
});
