import { t } from 'elysia';
import { isoTime } from '../../clock.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import {
  amountFields,
  claimFields,
  exampleAmounts,
  exampleClaim,
  viewAmounts,
  viewClaimed,
} from '../checkout/model.ts';
import type { Purchase } from '../tables.ts';
import type { OpenedCheckout } from '../checkout/create-checkout.ts';

const exampleIds = { purchaseId: 'pur_0a1b2c3d4e5f60718293a4b5', sessionId: 'cs_test_a1B2c3D4e5F6' };

export const CheckoutView = t.Object(
  {
    ...{ purchaseId: t.String(), sessionId: t.String({ description: 'For `POST /api/v1/claim/stripe`.' }) },
    checkoutUrl: t.String({ description: "Stripe's page, where the customer pays." }),
    url: t.String({ description: 'The same.' }),
    ...amountFields,
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
  { additionalProperties: false, examples: [{ sessionId: exampleIds.sessionId }] },
);

export const ClaimView = t.Object(
  { purchaseId: t.String(), sessionId: t.String(), ...claimFields },
  { examples: [{ ...exampleIds, ...exampleClaim }] },
);

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
  const { purchase, checkoutId: sessionId, checkoutUrl, expiresAt } = opened;
  return {
    ...{ purchaseId: purchase.id, sessionId, checkoutUrl, url: checkoutUrl },
    ...viewAmounts(purchase),
    expiresAt: isoTime(expiresAt),
  };
}

export function viewClaim(ledger: Ledger, purchase: Purchase, sessionId: string): typeof ClaimView.static {
  return { purchaseId: purchase.id, sessionId, ...viewClaimed(ledger, purchase) };
}
