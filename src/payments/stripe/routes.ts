import { Elysia } from 'elysia';
import type { Caller } from '../../identity/authenticate.ts';
import type { RequireKey } from '../../identity/require-key.ts';
import type { Idempotency } from '../../idempotency/idempotency.ts';
import { idempotencyHeaders } from '../../idempotency/openapi-headers.ts';
import { runOnce } from '../../idempotency/run-once.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { PaymentsNotConfigured } from '../not-configured.ts';
import { CheckoutBody, ReceivedView } from '../checkout/model.ts';
import { claimSession } from './claim-session.ts';
import { createCheckout } from './create-checkout.ts';
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
    .post(checkoutRoute, ({ caller, body, request }) => checkOutOnce(options, caller, body, request), {
      requireKey: 'write',
      body: CheckoutBody,
      response: { 201: CheckoutView },
      detail: { summary: 'Buy a package by Stripe Checkout', parameters: idempotencyHeaders },
    })
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

function checkOutOnce(
  options: StripeRoutesOptions,
  { accountId }: Caller,
  body: typeof CheckoutBody.static,
  request: Request,
): Promise<Response> {
  const stripe = configured(options);
  const { headers } = request;
  const origin = options.originOf(request);
  const repeatable = { accountId, route: checkoutRoute, headers, body };
  return runOnce({ ...options, writer: stripe.writer }, repeatable, async (claim) => {
    const order = { accountId, ...body, headers, origin };
    const opened = await createCheckout(stripe, order, (recorded) =>
      claim?.record({ status: 201, body: viewCheckout(recorded) }),
    );
    return { status: 201, body: viewCheckout(opened) };
  });
}
