import { afterAll, beforeAll, expect, test } from 'bun:test';
import { startStripeServer, type StripeServer } from '../../testing/fakes/stripe-server.ts';
import { ProviderUnavailable } from '../provider-unavailable.ts';
import { connectStripe } from './stripe-connection.ts';

let stripe: StripeServer;
beforeAll(() => {
  stripe = startStripeServer();
});
afterAll(() => stripe[Symbol.asyncDispose]());

test('a Stripe that does not answer is given up, and one that is not there as well', async () => {
  const { secretKey } = stripe;
  stripe.fault = async (real) => {
    await Bun.sleep(2_000);
    return real();
  };
  for (const apiUrl of [stripe.origin, 'http://127.0.0.1:9']) {
    const connection = connectStripe({ secretKey, apiUrl, timeoutMs: 50 });
    const failure = await connection.ask((sdk) => sdk.refunds.list()).catch((error) => error);
    expect(failure).toBeInstanceOf(ProviderUnavailable);
    expect(failure.retryAfterSeconds).toBe(10);
  }
  stripe.fault = undefined;
});

test('the key tells whether money is real', () => {
  const apiUrl = stripe.origin;
  const isLive = (secretKey: string) => connectStripe({ secretKey, apiUrl }).isLive;
  expect(['sk_live_x', 'rk_live_x', 'sk_test_x', 'rk_test_x'].map(isLive)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test("an error that is not Stripe's stays what it is", async () => {
  const connection = connectStripe({ secretKey: stripe.secretKey, apiUrl: stripe.origin });
  await expect(connection.ask(() => Promise.reject(new TypeError('ours')))).rejects.toThrow(TypeError);
});
