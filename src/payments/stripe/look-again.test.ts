import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { hourMs } from '../../clock.ts';
import { type StripeAppliance, startStripeAppliance } from '../../testing/stripe-appliance.ts';

let now = 1_790_000_000_000;
let paid: StripeAppliance;
let key: string;
let accountId: string;
beforeAll(async () => {
  paid = await startStripeAppliance({ clock: () => now });
});
beforeEach(async () => {
  ({ key, accountId } = await paid.openAccount());
});
afterEach(() => {
  paid.stripe.fault = undefined;
  paid.checkBooks();
});
afterAll(() => paid[Symbol.asyncDispose]());

const checkout = async (): Promise<string> => (await paid.checkout(key)).body.sessionId;
const purchase = async () => (await paid.purchases(key))[0];
const asked = (path: string) => paid.stripe.asked.filter((one) => one.path === path).length;

describe('news that no webhook brought', () => {
  test('of a payment are found within the hour, and also after a restart', async () => {
    const first = await checkout();
    paid.stripe.account.pay(first);
    now += hourMs;
    await paid.appliance.maintain();
    expect(await paid.balanceMicros(key)).toBe(5_000_000);
    const second = await checkout();
    paid.stripe.account.pay(second);
    await paid.restart();
    now += hourMs;
    await paid.appliance.maintain();
    expect(await paid.balanceMicros(key)).toBe(10_000_000);
  });

  test('of a checkout that expired close it; one that still waits is asked about more and more rarely', async () => {
    const sessionId = await checkout();
    const path = `/v1/checkout/sessions/${sessionId}`;
    await paid.appliance.maintain();
    expect(asked(path)).toBe(0);
    for (let hour = 0; hour < 20; hour++) {
      now += hourMs;
      await paid.appliance.maintain();
    }
    expect(asked(path)).toBeGreaterThan(4);
    expect(asked(path)).toBeLessThan(14);
    paid.stripe.account.expire(sessionId);
    now += 10 * hourMs;
    await paid.appliance.maintain();
    expect(await purchase()).toMatchObject({ state: 'closed', closedReason: 'expired' });
  });

  test('of a refund or dispute are found in the list of events', async () => {
    const sessionId = await checkout();
    paid.stripe.account.pay(sessionId);
    await paid.deliverNew();
    paid.stripe.account.refund(sessionId, 100);
    await paid.restart();
    await paid.appliance.maintain();
    expect(await paid.balanceMicros(key)).toBe(4_000_000);
    // What is known is not asked about again, and what is new is found while we run.
    const before = asked(`/v1/checkout/sessions/${sessionId}`);
    await paid.appliance.maintain();
    expect(asked(`/v1/checkout/sessions/${sessionId}`)).toBe(before);
    now += 60_000;
    paid.stripe.account.dispute(sessionId);
    await paid.appliance.maintain();
    const path = `/api/v1/admin/purchases?accountId=${accountId}`;
    const { body } = await paid.appliance.call('GET', path, { key: paid.appliance.adminKey });
    expect(body.purchases[0]).toMatchObject({ refundedUsd: 1, disputedUsd: 5, reversedUsd: 5 });
  });

  test('of a checkout that we died in the middle of come by the name of its purchase', async () => {
    paid.stripe.fault = (real) => {
      real();
      return Response.json({ error: { type: 'api_error' } }, { status: 502 });
    };
    expect((await paid.checkout(key)).status).toBe(503);
    paid.stripe.fault = undefined;
    const [sessionId = ''] = [...paid.stripe.account.sessions.keys()].slice(-1);
    expect(await purchase()).toMatchObject({ state: 'open', providerId: null });
    paid.stripe.account.expire(sessionId);
    await paid.deliverNew();
    expect(await purchase()).toMatchObject({
      state: 'closed',
      closedReason: 'expired',
      providerId: sessionId,
    });
  });

  test('never come of a purchase that Stripe has never heard of: it is closed after a day', async () => {
    paid.stripe.fault = () => Response.json({ error: { type: 'api_error' } }, { status: 500 });
    await paid.checkout(key);
    paid.stripe.fault = undefined;
    now += 24 * hourMs;
    await paid.appliance.maintain();
    expect((await purchase()).state).toBe('open');
    now += 2 * hourMs;
    await paid.appliance.maintain();
    expect(await purchase()).toMatchObject({ state: 'closed', closedReason: 'never_started' });
  });

  test('wait while Stripe is down; the next look finds them, whoever was the first to fail', async () => {
    const [first, second] = [await checkout(), await checkout()];
    paid.stripe.account.pay(first);
    paid.stripe.account.pay(second);
    now += hourMs;
    paid.stripe.fault = (real, { path }) =>
      path.endsWith(first)
        ? Response.json({ error: { type: 'invalid_request_error' } }, { status: 404 })
        : real();
    await paid.appliance.maintain();
    now += hourMs;
    await paid.appliance.maintain();
    expect(await paid.balanceMicros(key)).toBe(5_000_000);
    paid.stripe.fault = undefined;
    now += hourMs;
    await paid.appliance.maintain();
    expect(await paid.balanceMicros(key)).toBe(10_000_000);
  });

  test('come in whole though Stripe knows a session no longer, as after a change of keys', async () => {
    const [former, sessionId] = [await checkout(), await checkout()];
    paid.stripe.account.pay(sessionId);
    await paid.deliverNew();
    paid.stripe.account.sessions.delete(former);
    now += hourMs;
    paid.stripe.account.refund(sessionId, 100);
    await paid.appliance.maintain();
    expect(await paid.balanceMicros(key)).toBe(4_000_000);
    const body = { sessionId: former };
    const claimed = await paid.appliance.call('POST', '/api/v1/claim/stripe', { key, body });
    expect([claimed.status, claimed.body.status]).toEqual([200, 'pending']);
  });

  test('are forgotten long after Stripe has', async () => {
    const sessionId = await checkout();
    paid.stripe.account.pay(sessionId);
    await paid.deliverNew();
    const database = new Database(join(paid.appliance.dataFolder, 'appliance.sqlite'), { readonly: true });
    const remembered = database.prepare<[], number>('SELECT count(*) FROM payment_events').pluck();
    now += 80 * 24 * hourMs;
    await paid.appliance.maintain();
    expect(remembered.get()).toBeGreaterThan(0);
    now += 11 * 24 * hourMs;
    await paid.appliance.maintain();
    expect(remembered.get()).toBe(0);
    database.close();
  });
});
