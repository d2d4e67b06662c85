import { type Clock, isoTime } from '../../clock.ts';
import {
  askProvider,
  type ProviderAnswer,
  type ProviderRequest,
  ProviderUnreachable,
} from '../ask-provider.ts';
import { ProviderUnavailable } from '../provider-unavailable.ts';
import { type CheckoutPage, type CheckoutState, readCheckout, readPage } from './checkout.ts';
import { createRequestToken } from './request-token.ts';

/** Coinbase Business' Checkouts API with one account's key. Every failure of it is {@link ProviderUnavailable}. */
export interface CoinbaseConnection {
  /** The same key gets the same checkout, however often it is asked for. */
  create(request: NewCheckout): Promise<CheckoutState>;
  /** @returns null where Coinbase knows none */
  find(checkoutId: string): Promise<CheckoutState | null>;
  /** @param request.pageToken null for the first */
  list(request: { status: string; pageToken: string | null }): Promise<CheckoutPage>;
}

export interface NewCheckout {
  idempotencyKey: string;
  priceUsdCents: number;
  description: string;
  metadata: { purchaseId: string; accountId: string; packageCode: string };
  successRedirectUrl?: string;
  failRedirectUrl?: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

interface ConnectionOptions {
  keyName: string;
  keySecret: string;
  /** Coinbase's own, or a server that speaks as it does. */
  apiUrl: string;
  network: string;
  clock: Clock;
  timeoutSeconds?: number;
}

/** What is paid in: one of it is one dollar. */
export const currency = 'USDC';

/** @throws Error when the key is none */
export function connectCoinbase(options: ConnectionOptions): CoinbaseConnection {
  const { apiUrl, network, timeoutSeconds = 15 } = options;
  const tokenFor = createRequestToken(options);
  const ask = async (request: Pick<ProviderRequest, 'method' | 'body' | 'headers'> & { path: string }) => {
    const { method, path, body, headers = {} } = request;
    const url = new URL(`${apiUrl.replace(/\/+$/, '')}/api/v1/checkouts${path}`);
    const authorization = `Bearer ${await tokenFor({ method, url })}`;
    const sent = { method, url, headers: { authorization, ...headers }, timeoutSeconds };
    try {
      return await askProvider(body === undefined ? sent : { ...sent, body });
    } catch (cause) {
      throw cause instanceof ProviderUnreachable ? new ProviderUnavailable('coinbase', { cause }) : cause;
    }
  };
  return {
    async create({ idempotencyKey, priceUsdCents, expiresAt, ...rest }) {
      const amount = (priceUsdCents / 100).toFixed(2);
      const answer = await ask({
        ...{ method: 'POST', path: '', headers: { 'x-idempotency-key': idempotencyKey } },
        body: { amount, currency, network, expiresAt: isoTime(expiresAt), ...rest },
      });
      return readAs(readCheckout, answer);
    },
    async find(checkoutId) {
      const answer = await ask({ method: 'GET', path: `/${encodeURIComponent(checkoutId)}` });
      return answer.status === 404 ? null : readAs(readCheckout, answer);
    },
    async list({ status, pageToken }) {
      const query = new URLSearchParams({
        status,
        pageSize: '100',
        ...(pageToken === null ? {} : { pageToken }),
      });
      return readAs(readPage, await ask({ method: 'GET', path: `?${query.toString()}` }));
    },
  };
}

/** @throws ProviderUnavailable */
function readAs<T>(read: (body: unknown) => T | null, { status, body }: ProviderAnswer): T {
  const found = status === 200 || status === 201 ? read(body) : null;
  if (found !== null) return found;
  const said = (JSON.stringify(body) ?? '').slice(0, 500);
  throw new ProviderUnavailable('coinbase', { cause: new Error(`Coinbase answered ${status}: ${said}`) });
}
