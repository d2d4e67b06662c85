import { afterAll, beforeAll, expect, test } from 'bun:test';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { type CoinbaseServer, startCoinbaseServer } from '../testing/fakes/coinbase-server.ts';
import { startStripeAppliance, type StripeAppliance } from '../testing/stripe-appliance.ts';

/** From a referral link to a commission, by providers that are paid for real. */

let coinbase: CoinbaseServer;
let paid: StripeAppliance;
beforeAll(async () => {
  coinbase = startCoinbaseServer();
  paid = await startStripeAppliance({
    environment: {
      KT_COINBASE_KEY_NAME: coinbase.keyName,
      KT_COINBASE_KEY_SECRET: coinbase.keySecret,
      KT_COINBASE_WEBHOOK_SECRET: coinbase.webhookSecret,
      KT_COINBASE_API_URL: coinbase.origin,
      KT_PUBLIC_URL: 'https://media.example.com',
    },
  });
});
afterAll(async () => {
  await paid[Symbol.asyncDispose]();
  await coinbase[Symbol.asyncDispose]();
});

async function openAffiliate() {
  const { key } = await paid.openAccount();
  const { affiliateId } = (
    await paid.appliance.call('POST', '/api/v1/affiliates/me/apply', { key, body: {} })
  ).body;
  const { code, url } = (await paid.appliance.call('GET', '/api/v1/affiliates/me/code', { key })).body;
  return { key, affiliateId, code, path: url.replace('https://media.example.com', '') };
}

/** The headers of a browser that has followed the link. */
async function follow(path: string): Promise<Record<string, string>> {
  const { headers } = await paid.appliance.call('GET', path, { key: null });
  return { cookie: headers.get('set-cookie')?.split(';')[0] ?? '' };
}

test('a customer who followed a link and pays by card earns its owner a share, less what is refunded', async () => {
  const affiliate = await openAffiliate();
  const { key } = await paid.openAccount();
  const { body } = await paid.checkout(key, { headers: await follow(affiliate.path) });
  const held = async () => {
    const dashboard = await paid.appliance.call('GET', '/api/v1/affiliates/me/dashboard', {
      key: affiliate.key,
    });
    return dashboard.body.held.amountMicros;
  };
  expect(await held()).toBe(0);
  paid.stripe.account.pay(body.sessionId);
  await paid.deliverNew();
  expect(await held()).toBe(1_000_000);
  paid.stripe.account.refund(body.sessionId, 200);
  await paid.deliverNew();
  expect(await held()).toBe(600_000);
  paid.checkBooks();
});

test('by crypto too, and a code in the request goes before the link', async () => {
  const [followed, asked] = [await openAffiliate(), await openAffiliate()];
  const { key, accountId } = await paid.openAccount();
  const headers = await follow(followed.path);
  for (const body of [{ packageCode: 'starter' }, { packageCode: 'starter', affiliateCode: asked.code }])
    expect(
      (await paid.appliance.call('POST', '/api/v1/checkout/crypto', { key, body, headers })).status,
    ).toBe(201);
  const database = new Database(join(paid.appliance.dataFolder, 'appliance.sqlite'), { readonly: true });
  const earners = database
    .prepare('SELECT affiliate_id FROM purchases WHERE account_id = ? ORDER BY rowid')
    .pluck()
    .all(accountId);
  database.close();
  expect(earners).toEqual([followed.affiliateId, asked.affiliateId]);
});
