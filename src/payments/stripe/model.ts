import { t } from 'elysia';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Purchase } from '../tables.ts';
import { claimStatus } from './claim-session.ts';
import type { OpenedCheckout } from './create-checkout.ts';

const strict = { additionalProperties: false };

export const CheckoutBody = t.Object(
  {
    packageCode: t.String({ minLength: 1, maxLength: 40, description: 'One of `GET /api/v1/packages`.' }),
    affiliateCode: t.Optional(t.String({ minLength: 1, maxLength: 64 })),
  },
  { ...strict, examples: [{ packageCode: 'starter', affiliateCode: 'PROMO_42' }] },
);

const amounts = {
  packageCode: t.Union([t.String(), t.Null()]),
  priceUsd: t.Number(),
  priceUsdCents: t.Integer(),
  creditUsd: t.Number(),
  creditMicros: t.Integer(),
  currency: t.Literal('usd'),
};
const exampleAmounts = {
  ...{ packageCode: 'starter', priceUsd: 5, priceUsdCents: 500 },
  ...{ creditUsd: 5, creditMicros: 5_000_000, currency: 'usd' },
};
const exampleIds = { purchaseId: 'pur_0a1b2c3d4e5f60718293a4b5', sessionId: 'cs_test_a1B2c3D4e5F6' };

export const CheckoutView = t.Object(
  {
    ...{ purchaseId: t.String(), sessionId: t.String({ description: 'For `POST /api/v1/claim/stripe`.' }) },
    checkoutUrl: t.String({ description: "Stripe's page, where the customer pays." }),
    url: t.String({ description: 'The same.' }),
    ...amounts,
    expiresAt: t.String({ format: 'date-time' }),
  },
  {
    examples: [
      {
        ...exampleIds,
        checkoutUrl: 'https://checkout.stripe.com/c/pay/cs_test_a1B2c3D4e5F6',
        url: 'https://checkout.stripe.com/c/pay/cs_test_a1B2c3D4e5F6',
        ...exampleAmounts,
        expiresAt: '2026-11-25T12:00:00.000Z',
      },
    ],
  },
);

export const ClaimBody = t.Object(
  { sessionId: t.String({ minLength: 1, maxLength: 255 }) },
  { ...strict, examples: [{ sessionId: exampleIds.sessionId }] },
);

const status = t.Union(
  [
    t.Literal('settled'),
    t.Literal('pending'),
    t.Literal('expired'),
    t.Literal('failed'),
    t.Literal('review'),
  ],
  {
    description:
      '`pending`: not paid yet. `review`: something else was paid than was asked for; the operator decides.',
  },
);

export const ClaimView = t.Object(
  {
    status,
    ...{ purchaseId: t.String(), sessionId: t.String() },
    ...amounts,
    ...{ balanceUsd: t.Number(), balanceMicros: t.Integer() },
  },
  {
    examples: [
      { status: 'settled', ...exampleIds, ...exampleAmounts, balanceUsd: 12.5, balanceMicros: 12_500_000 },
    ],
  },
);

export const ReceivedView = t.Object({ received: t.Literal(true) }, { examples: [{ received: true }] });

/** Elysia must not read the body as anything but text: the signature is of that. */
export const webhookDetail = {
  summary: "Stripe's events",
  description:
    'Takes no key: `Stripe-Signature` is checked. Answered with 2xx once the effect is on disk; else Stripe comes again.',
  parameters: [
    { name: 'Stripe-Signature', in: 'header' as const, required: true, schema: { type: 'string' as const } },
  ],
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: { type: 'object' as const, description: "Stripe's event object." },
        example: {
          ...{ id: 'evt_1Q', object: 'event', type: 'checkout.session.completed', livemode: false },
          data: { object: { id: exampleIds.sessionId, object: 'checkout.session', payment_status: 'paid' } },
        },
      },
    },
  },
};

export function viewCheckout(opened: OpenedCheckout): typeof CheckoutView.static {
  const { purchase, sessionId, checkoutUrl, expiresAt } = opened;
  return {
    ...{ purchaseId: purchase.id, sessionId, checkoutUrl, url: checkoutUrl },
    ...viewAmounts(purchase),
    expiresAt: new Date(expiresAt).toISOString(),
  };
}

export function viewClaim(ledger: Ledger, purchase: Purchase, sessionId: string): typeof ClaimView.static {
  const balanceMicros = ledger.balanceMicros(purchase.accountId);
  return {
    ...{ status: claimStatus(purchase), purchaseId: purchase.id, sessionId },
    ...viewAmounts(purchase),
    ...{ balanceUsd: balanceMicros / 1e6, balanceMicros },
  };
}

function viewAmounts({ packageCode, priceUsdCents, creditMicros }: Purchase) {
  const money = { priceUsd: priceUsdCents / 100, creditUsd: creditMicros / 1e6 };
  return { packageCode, priceUsdCents, creditMicros, ...money, currency: 'usd' as const };
}
