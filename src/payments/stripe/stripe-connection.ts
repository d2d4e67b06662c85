import type Stripe from 'stripe';
import { ProviderUnavailable } from '../provider-unavailable.ts';

/** Stripe's API with one account's key. */
export interface StripeConnection {
  /**
   * Runs `work` on the SDK, which is loaded by the first call.
   * @throws ProviderUnavailable for every error of Stripe's
   */
  ask<T>(work: (sdk: Stripe) => Promise<T>): Promise<T>;
  /** An event, once its signature is found good. @throws what the SDK says of a bad one */
  readEvent(request: { text: string; signature: string; secret: string; now: number }): Promise<Stripe.Event>;
  /** Whether real money is moved. */
  isLive: boolean;
}

interface ConnectionOptions {
  secretKey: string;
  /** Stripe's own, or a server that speaks as it does. */
  apiUrl: string;
  /** For each of two tries. */
  timeoutMs?: number;
}

/** A delivery that was signed longer ago is refused: somebody may have kept it. Stripe signs each retry anew. */
const toleranceSeconds = 300;

export function connectStripe({
  secretKey,
  apiUrl,
  timeoutMs = 10_000,
}: ConnectionOptions): StripeConnection {
  const { protocol, hostname, port } = new URL(apiUrl);
  const isPlain = protocol === 'http:';
  const open = async () => {
    // 60 ms and 10 MB, which an appliance without Stripe need not spend.
    const { Stripe: Sdk } = await import('stripe');
    const sdk = new Sdk(secretKey, {
      ...{ host: hostname, port: port || (isPlain ? 80 : 443), protocol: isPlain ? 'http' : 'https' },
      ...{ timeout: timeoutMs, maxNetworkRetries: 1, telemetry: false },
      httpClient: Sdk.createFetchHttpClient(fetchHere),
    });
    return { sdk, StripeError: Sdk.errors.StripeError };
  };
  let opened: ReturnType<typeof open> | undefined;
  const loaded = () => (opened ??= open());
  return {
    isLive: secretKey.includes('_live_'),
    async ask(work) {
      const { sdk, StripeError } = await loaded();
      try {
        return await work(sdk);
      } catch (cause) {
        if (!(cause instanceof StripeError)) throw cause;
        throw unavailable(cause);
      }
    },
    async readEvent({ text, signature, secret, now }) {
      const { sdk } = await loaded();
      return sdk.webhooks.constructEventAsync(text, signature, secret, toleranceSeconds, undefined, now);
    },
  };
}

/** A redirect could carry the key elsewhere. */
const fetchHere: typeof fetch = Object.assign(
  (...[url, init]: Parameters<typeof fetch>) => fetch(url, { ...init, redirect: 'error' }),
  { preconnect: fetch.preconnect },
);

/** What it is that went wrong is for the log; a client can only come again. */
function unavailable(cause: Stripe.errors.StripeError): ProviderUnavailable {
  const asked = Number(cause.headers?.['retry-after']);
  const retryAfterSeconds = asked >= 1 && asked <= 3600 ? Math.ceil(asked) : 10;
  return new ProviderUnavailable('stripe', { retryAfterSeconds, cause });
}
