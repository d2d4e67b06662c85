import { join } from 'node:path';
import Database from 'better-sqlite3';
import { checkLedger } from '../ledger/invariants.ts';
import type { FakeEvent } from './fakes/stripe-account.ts';
import { startStripeServer, type StripeServer } from './fakes/stripe-server.ts';
import { type Answer, fakeModels, startTestAppliance, type TestAppliance } from './test-appliance.ts';

/** An appliance that is paid through a Stripe of its own. */
export interface StripeAppliance extends AsyncDisposable {
  stripe: StripeServer;
  /** The one that runs now. */
  appliance: TestAppliance;
  /** Key and id of an account that isn't the operator's. */
  openAccount(name?: string): Promise<{ key: string; accountId: string }>;
  checkout(key: string, options?: { body?: object; headers?: Record<string, string> }): Promise<Answer>;
  claim(key: string, sessionId: string): Promise<Answer>;
  /** A delivery to the webhook. @param how.body other text than was signed */
  deliver(event: object, how?: { at?: number; secret?: string; body?: string }): Promise<Answer>;
  /** All events that were not delivered before. @returns their answers' statuses */
  deliverNew(): Promise<number[]>;
  balanceMicros(key: string): Promise<number>;
  purchases(key: string): Promise<Answer['body'][]>;
  /** Stops it and starts it again on the same data. */
  restart(): Promise<void>;
  /** @throws LedgerBroken */
  checkBooks(): void;
}

export async function startStripeAppliance(
  options: { environment?: Record<string, string>; clock?: () => number } = {},
): Promise<StripeAppliance> {
  const { clock } = options;
  const stripe = startStripeServer(clock === undefined ? {} : { now: clock });
  const modelsFolder = fakeModels();
  const environment = {
    KT_STRIPE_SECRET_KEY: stripe.secretKey,
    KT_STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
    KT_STRIPE_API_URL: stripe.origin,
    KT_RATE_LIMIT_WRITES_PER_MINUTE: '1000000',
    KT_PAYMENTS_OPEN_CHECKOUTS_MAX: '1000',
    ...options.environment,
  };
  const start = async (dataFolder?: string) => {
    const started = await startTestAppliance({
      ...{ modelsFolder, environment },
      ...(clock === undefined ? {} : { clock }),
      ...(dataFolder === undefined ? {} : { dataFolder }),
    });
    // Its first look is over, so that none comes in the middle of a test.
    await started.maintain();
    return started;
  };
  let delivered = 0;
  const paid: StripeAppliance = {
    stripe,
    appliance: await start(),
    async openAccount(name = 'Ada') {
      const { adminKey: key } = paid.appliance;
      const { body } = await paid.appliance.call('POST', '/api/v1/admin/accounts', { key, body: { name } });
      return { key: body.apiKey, accountId: body.accountId };
    },
    checkout: (key, { body = { packageCode: 'starter' }, headers = {} } = {}) =>
      paid.appliance.call('POST', '/api/v1/checkout/stripe', { key, body, headers }),
    claim: (key, sessionId) =>
      paid.appliance.call('POST', '/api/v1/claim/stripe', { key, body: { sessionId } }),
    deliver(event, { body, ...how } = {}) {
      const signed = stripe.sign(event, how);
      const request = { key: null, headers: signed.headers, body: body ?? signed.body };
      return paid.appliance.call('POST', '/api/v1/webhooks/stripe', request);
    },
    async deliverNew() {
      const fresh: FakeEvent[] = stripe.account.events.slice(delivered);
      delivered = stripe.account.events.length;
      const statuses: number[] = [];
      for (const event of fresh) statuses.push((await paid.deliver(event)).status);
      return statuses;
    },
    balanceMicros: async (key) =>
      (await paid.appliance.call('GET', '/api/v1/balance', { key })).body.balanceMicros,
    purchases: async (key) => (await paid.appliance.call('GET', '/api/v1/purchases', { key })).body.purchases,
    async restart() {
      await paid.appliance.stop();
      paid.appliance = await start(paid.appliance.dataFolder);
    },
    checkBooks() {
      const database = new Database(join(paid.appliance.dataFolder, 'appliance.sqlite'), { readonly: true });
      try {
        checkLedger(database);
      } finally {
        database.close();
      }
    },
    async [Symbol.asyncDispose]() {
      await paid.appliance.stop();
      await stripe[Symbol.asyncDispose]();
    },
  };
  return paid;
}
