import { Elysia } from 'elysia';
import { Malformed } from '../../errors.ts';
import type { RequireKey } from '../../identity/require-key.ts';
import type { Idempotency } from '../../idempotency/idempotency.ts';
import { idempotencyHeaders } from '../../idempotency/openapi-headers.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { CheckoutBody, ReceivedView } from '../checkout/model.ts';
import { checkOutOnce } from '../checkout/check-out-once.ts';
import { PaymentsNotConfigured } from '../not-configured.ts';
import { claimCharge } from './claim-charge.ts';
import { createCharge } from './create-charge.ts';
import type { CoinbaseParts } from './create-coinbase.ts';
import {
  CryptoCheckoutView,
  CryptoClaimBody,
  CryptoClaimView,
  viewCheckout,
  viewClaim,
  webhookDetail,
} from './model.ts';
import { receiveEvent } from './receive-event.ts';

export interface CoinbaseRoutesOptions {
  requireKey: RequireKey;
  idempotency: Idempotency;
  ledger: Ledger;
  /** Null where Coinbase is not configured. */
  coinbase: CoinbaseParts | null;
  /** Base of the URLs that a response to `request` hands out. */
  originOf: (request: Request) => string;
}

const checkoutRoute = '/api/v1/checkout/crypto';

/** `/api/v1/checkout/crypto`, `/api/v1/claim/crypto` and Coinbase's webhook. */
export function coinbaseRoutes(options: CoinbaseRoutesOptions) {
  return new Elysia({ name: 'payments.coinbase.routes', normalize: false, tags: ['Payments'] })
    .use(options.requireKey)
    .post(
      checkoutRoute,
      ({ caller, body, request }) =>
        checkOut(options, { caller, body, request, origin: options.originOf(request) }),
      {
        requireKey: 'write',
        body: CheckoutBody,
        response: { 201: CryptoCheckoutView },
        detail: { summary: 'Buy a package by a Coinbase checkout', parameters: idempotencyHeaders },
      },
    )
    .post(
      '/api/v1/claim/crypto',
      async ({ caller: { accountId }, body }) => {
        const coinbase = configured(options);
        const checkoutId = claimedId(body);
        const purchase = await claimCharge(coinbase, { accountId, checkoutId });
        return viewClaim(options.ledger, purchase, checkoutId);
      },
      {
        requireKey: 'write',
        body: CryptoClaimBody,
        response: { 200: CryptoClaimView },
        detail: { summary: 'Credit your paid crypto checkout now; safe to repeat' },
      },
    )
    .post(
      '/api/v1/webhooks/crypto',
      async ({ body, request: { headers } }) => {
        await receiveEvent(configured(options), { text: typeof body === 'string' ? body : '', headers });
        return { received: true as const };
      },
      { response: { 200: ReceivedView }, detail: webhookDetail },
    );
}

/** @throws PaymentsNotConfigured */
function configured({ coinbase }: CoinbaseRoutesOptions): CoinbaseParts {
  if (coinbase === null) throw new PaymentsNotConfigured('Coinbase', 'coinbase');
  return coinbase;
}

/** @throws Malformed two ids that differ */
function claimedId({ chargeId, checkoutId }: typeof CryptoClaimBody.static): string {
  if (chargeId !== undefined && checkoutId !== undefined && chargeId !== checkoutId) {
    throw new Malformed('chargeId and checkoutId are two names of one id, and differ.');
  }
  return chargeId ?? checkoutId ?? '';
}

function checkOut(
  options: CoinbaseRoutesOptions,
  asked: Parameters<typeof checkOutOnce>[2],
): Promise<Response> {
  const parts = configured(options);
  const open = (checkout: Parameters<typeof createCharge>[1]) => createCharge(parts, checkout);
  const at = { route: checkoutRoute, provider: 'coinbase' as const, open, view: viewCheckout };
  return checkOutOnce({ ...parts, idempotency: options.idempotency }, at, asked);
}
