import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { type StripeAppliance, startStripeAppliance } from '../../testing/stripe-appliance.ts';

const now = 1_790_000_000_000;
let paid: StripeAppliance;
let key: string;
let accountId: string;
let sessionId: string;
beforeAll(async () => {
  paid = await startStripeAppliance({ clock: () => now });
});
beforeEach(async () => {
  ({ key, accountId } = await paid.openAccount());
  ({ sessionId } = (await paid.checkout(key)).body);
});
afterEach(() => {
  paid.stripe.fault = undefined;
  paid.checkBooks();
});
afterAll(() => paid[Symbol.asyncDispose]());

const account = () => paid.stripe.account;
const balance = () => paid.balanceMicros(key);
const purchase = async () => (await paid.purchases(key))[0];
const events = (type: string) => account().events.filter((event) => event.type === type);
/** The newest event of a kind. */
const last = (type: string) => events(type).at(-1) ?? { type };
const audit = async (subject: string) => {
  const path = `/api/v1/admin/audit?subject=${subject}`;
  const { body } = await paid.appliance.call('GET', path, { key: paid.appliance.adminKey });
  return body.entries.map(({ action }: { action: string }) => action);
};

describe('a refund', () => {
  test('in parts takes back those parts, in whatever order they are told of', async () => {
    account().pay(sessionId);
    await paid.deliverNew();
    account().refund(sessionId, 100);
    account().refund(sessionId, 150);
    const [first, second] = events('charge.refunded').slice(-2);
    await paid.deliver(second ?? {});
    expect(await balance()).toBe(2_500_000);
    await paid.deliver(first ?? {});
    expect(await balance()).toBe(2_500_000);
    account().refund(sessionId);
    await paid.deliverNew();
    expect(await balance()).toBe(0);
    expect(await purchase()).toMatchObject({ state: 'settled', refundedUsd: 5, reversedUsd: 5 });
  });

  test('that is told of before the payment leaves nothing of it', async () => {
    account().pay(sessionId);
    account().refund(sessionId);
    await paid.deliver(last('charge.refunded'));
    await paid.deliver(last('checkout.session.completed'));
    expect(await balance()).toBe(0);
    expect(await purchase()).toMatchObject({ state: 'settled', refundedUsd: 5, reversedUsd: 5 });
  });

  test('after the credit was spent is our loss; the balance stays at zero, and what failed comes back to us', async () => {
    account().pay(sessionId);
    await paid.deliverNew();
    const adminKey = paid.appliance.adminKey;
    const taken = { accountId, amountMicros: -4_000_000, reference: 'spent', reason: 'as if by jobs' };
    await paid.appliance.call('POST', '/api/v1/admin/grants', { key: adminKey, body: taken });
    const { id } = account().refund(sessionId, 400);
    await paid.deliverNew();
    expect(await balance()).toBe(0);
    const list = async () =>
      (await paid.appliance.call('GET', `/api/v1/admin/purchases?accountId=${accountId}`, { key: adminKey }))
        .body.purchases[0];
    expect(await list()).toMatchObject({
      reversedUsd: 4,
      lostUsd: 3,
      paymentId: expect.stringMatching(/^pi_/),
    });
    account().failRefund(id);
    await paid.deliverNew();
    expect([await balance(), (await list()).lostUsd]).toEqual([1_000_000, 0]);
  });
});

describe('a dispute', () => {
  beforeEach(async () => {
    account().pay(sessionId);
    await paid.deliverNew();
  });

  test('takes the credit and suspends the account; won, both are back', async () => {
    const { id } = account().dispute(sessionId);
    await paid.deliverNew();
    const refused = await paid.appliance.call('GET', '/api/v1/balance', { key });
    expect(refused.status).toBe(403);
    account().closeDispute(id, 'won');
    await paid.deliverNew();
    expect(await balance()).toBe(5_000_000);
    expect(await audit(accountId)).toEqual(['account.enable', 'account.disable', 'account.open']);
  });

  test('that is lost stays, and one that was won is not lost again by an old delivery', async () => {
    const { id } = account().dispute(sessionId);
    account().closeDispute(id, 'won');
    await paid.deliver(last('charge.dispute.closed'));
    await paid.deliver(last('charge.dispute.created'));
    expect(await balance()).toBe(5_000_000);
    const second = account().dispute(sessionId);
    account().closeDispute(second.id, 'lost');
    await paid.deliverNew();
    expect((await paid.appliance.call('GET', '/api/v1/balance', { key })).status).toBe(403);
  });

  test('of a part, beside a refund of the rest, takes each once', async () => {
    account().refund(sessionId, 200);
    account().dispute(sessionId, { amount: 300 });
    await paid.deliverNew();
    const path = `/api/v1/admin/purchases?accountId=${accountId}`;
    const { body } = await paid.appliance.call('GET', path, { key: paid.appliance.adminKey });
    expect(body.purchases[0]).toMatchObject({ refundedUsd: 2, disputedUsd: 3, reversedUsd: 5 });
  });

  test('that is only an inquiry changes nothing', async () => {
    account().dispute(sessionId, { isInquiry: true });
    await paid.deliverNew();
    expect(await balance()).toBe(5_000_000);
  });
});
