import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { until } from '../../testing/until.ts';
import { type StripeAppliance, startStripeAppliance } from '../../testing/stripe-appliance.ts';

let paid: StripeAppliance;
let key: string;
let sessionId: string;
let purchaseId: string;
beforeAll(async () => {
  paid = await startStripeAppliance();
});
beforeEach(async () => {
  ({ key } = await paid.openAccount());
  ({ sessionId, purchaseId } = (await paid.checkout(key)).body);
});
afterEach(() => {
  paid.stripe.fault = undefined;
  paid.checkBooks();
});
afterAll(() => paid[Symbol.asyncDispose]());

describe('a claim', () => {
  test('of a paid checkout credits it at once, and again answers the same', async () => {
    paid.stripe.account.pay(sessionId);
    const first = await paid.claim(key, sessionId);
    const answer = {
      ...{ status: 'settled', purchaseId, sessionId, packageCode: 'starter' },
      ...{ priceUsd: 5, priceUsdCents: 500, creditUsd: 5, creditMicros: 5_000_000, currency: 'usd' },
      ...{ balanceUsd: 5, balanceMicros: 5_000_000 },
    };
    expect([first.status, first.body]).toEqual([200, answer]);
    expect((await paid.claim(key, sessionId)).body).toEqual(answer);
  });

  test.each([
    ['pending', () => {}],
    ['pending', () => paid.stripe.account.pay(sessionId, { isDelayed: true })],
    ['expired', () => paid.stripe.account.expire(sessionId)],
    ['review', () => paid.stripe.account.pay(sessionId, { amount: 50 })],
    [
      'failed',
      () => {
        paid.stripe.account.pay(sessionId, { isDelayed: true });
        paid.stripe.account.finishDelayed(sessionId, false);
      },
    ],
  ])('of one that is not paid says that it is %s, and credits nothing', async (status, happen) => {
    happen();
    const { status: code, body } = await paid.claim(key, sessionId);
    expect([code, body.status, body.balanceMicros]).toEqual([200, status, 0]);
    expect((await paid.claim(key, sessionId)).body.status).toBe(status);
  });

  test("of another account's checkout is answered as one of an unknown session, and credits nobody", async () => {
    const thief = await paid.openAccount();
    paid.stripe.account.pay(sessionId);
    const [foreign, unknown] = [
      await paid.claim(thief.key, sessionId),
      await paid.claim(thief.key, 'cs_test_none'),
    ];
    expect([foreign.status, unknown.status]).toEqual([404, 404]);
    expect(foreign.body.error.replace(sessionId, 'cs_test_none')).toBe(unknown.body.error);
    expect([await paid.balanceMicros(thief.key), await paid.balanceMicros(key)]).toEqual([0, 0]);
    expect((await paid.claim(key, sessionId)).body.status).toBe('settled');
  });

  test('takes the session and nothing else', async () => {
    const body = { sessionId, accountId: 'acct_x', status: 'settled' };
    const { status, body: refused } = await paid.appliance.call('POST', '/api/v1/claim/stripe', {
      key,
      body,
    });
    expect([status, refused.details.issues.length]).toEqual([422, 2]);
  });

  test('while Stripe is down says when to come again, and then credits', async () => {
    paid.stripe.account.pay(sessionId);
    paid.stripe.fault = () => Response.json({ error: { type: 'api_error' } }, { status: 500 });
    const { status, headers } = await paid.claim(key, sessionId);
    expect([status, headers.get('retry-after')]).toEqual([503, '10']);
    paid.stripe.fault = undefined;
    expect((await paid.claim(key, sessionId)).body.status).toBe('settled');
  });

  test('many at once, beside the webhook, credit once', async () => {
    paid.stripe.account.pay(sessionId);
    const claims = Array.from({ length: 6 }, () => paid.claim(key, sessionId));
    const answers = await Promise.all([...claims, paid.deliverNew()]);
    expect(answers.slice(0, 6).map((answer) => 'body' in answer && answer.body.status)).toEqual(
      Array.from({ length: 6 }, () => 'settled'),
    );
    expect(await paid.balanceMicros(key)).toBe(5_000_000);
  });

  test('that read the checkout before it was refunded does not undo the refund', async () => {
    paid.stripe.account.pay(sessionId);
    const { promise: isHeld, resolve: hold } = Promise.withResolvers<void>();
    const { promise: goOn, resolve: release } = Promise.withResolvers<void>();
    paid.stripe.fault = async (real, { path }) => {
      const answer = real();
      if (path === '/v1/refunds') {
        paid.stripe.fault = undefined;
        hold();
        await goOn;
      }
      return answer;
    };
    const claim = paid.claim(key, sessionId);
    await isHeld;
    paid.stripe.account.refund(sessionId);
    const told = paid.stripe.account.events.find(({ type }) => type === 'charge.refunded');
    const refund = paid.deliver(told ?? {});
    // Time enough for it to be done, if it did not wait for its turn.
    await until(() => paid.stripe.asked.at(-1)?.path === '/v1/checkout/sessions');
    await Bun.sleep(100);
    release();
    await Promise.all([claim, refund]);
    expect(await paid.balanceMicros(key)).toBe(0);
  });
});
