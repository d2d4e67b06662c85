import { Elysia } from 'elysia';
import type { RequireKey } from '../../identity/require-key.ts';
import type { Idempotency } from '../../idempotency/idempotency.ts';
import { idempotencyHeaders } from '../../idempotency/openapi-headers.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { checkOutOnce } from '../checkout/check-out-once.ts';
import { PaymentsNotConfigured } from '../not-configured.ts';
import { CheckoutBody, ReceivedView } from '../checkout/model.ts';
import { claimSession } from './claim-session.ts';
import { createSession } from './create-session.ts';
import type { StripeParts } from './create-stripe.ts';
import { CheckoutView, ClaimBody, ClaimView, viewCheckout, viewClaim, webhookDetail } from './model.ts';
import { receiveEvent } from './receive-event.ts';

export interface StripeRoutesOptions {
  requireKey: RequireKey;
  idempotency: Idempotency;
  ledger: Ledger;
  /** Null where Stripe is not configured. */
  stripe: StripeParts | null;
  /** Base of the URLs that a response to `request` hands out. */
  originOf: (request: Request) => string;
}

const checkoutRoute = '/api/v1/checkout/stripe';

/** `/api/v1/checkout/stripe`, `/api/v1/claim/stripe` and Stripe's webhook. */
export function stripeRoutes(options: StripeRoutesOptions) {
  return new Elysia({ name: 'payments.stripe.routes', normalize: false, tags: ['Payments'] })
    .use(options.requireKey)
    .post(
      checkoutRoute,
      ({ caller, body, request }) =>
        checkOut(options, { caller, body, request, origin: options.originOf(request) }),
      {
        requireKey: 'write',
        body: CheckoutBody,
        response: { 201: CheckoutView },
        detail: { summary: 'Buy a package by Stripe Checkout', parameters: idempotencyHeaders },
      },
    )
    .post(
      '/api/v1/claim/stripe',
      async ({ caller: { accountId }, body: { sessionId } }) => {
        const purchase = await claimSession(configured(options), { accountId, sessionId });
        return viewClaim(options.ledger, purchase, sessionId);
      },
      {
        requireKey: 'write',
        body: ClaimBody,
        response: { 200: ClaimView },
        detail: { summary: 'Credit your paid checkout now; safe to repeat' },
      },
    )
    .post(
      '/api/v1/webhooks/stripe',
      async ({ body, request }) => {
        const signature = request.headers.get('stripe-signature');
        const text = typeof body === 'string' ? body : '';
        await receiveEvent(configured(options), { text, signature });
        return { received: true as const };
      },
      { response: { 200: ReceivedView }, detail: webhookDetail },
    );
}

/** @throws PaymentsNotConfigured */
function configured({ stripe }: StripeRoutesOptions): StripeParts {
  if (stripe === null) throw new PaymentsNotConfigured('Stripe', 'stripe');
  return stripe;
}

function checkOut(
  options: StripeRoutesOptions,
  asked: Parameters<typeof checkOutOnce>[2],
): Promise<Response> {
  const parts = configured(options);
  const open = (checkout: Parameters<typeof createSession>[1]) => createSession(parts, checkout);
  const at = { route: checkoutRoute, provider: 'stripe' as const, open, view: viewCheckout };
  return checkOutOnce({ ...parts, idempotency: options.idempotency }, at, asked);
}
