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

const exampleIds = {
  purchaseId: 'pur_0a1b2c3d4e5f60718293a4b5',
  chargeId: '68f7a946db0529ea9b6d3a12',
  checkoutId: '68f7a946db0529ea9b6d3a12',
};
const exampleUrl = 'https://payments.coinbase.com/payment-links/pl_01h8441j23abcd1234567890ef';
const ids = {
  purchaseId: t.String(),
  chargeId: t.String({ description: 'For `POST /api/v1/claim/crypto`.' }),
  checkoutId: t.String({ description: 'The same, as Coinbase calls it now.' }),
};

export const CryptoCheckoutView = t.Object(
  {
    ...ids,
    checkoutUrl: t.String({ description: "Coinbase's page, where the customer pays." }),
    url: t.String({ description: 'The same.' }),
    ...amountFields,
    expiresAt: t.String({ format: 'date-time' }),
  },
  {
    examples: [
      {
        ...exampleIds,
        ...{ checkoutUrl: exampleUrl, url: exampleUrl },
        ...exampleAmounts,
        expiresAt: '2026-11-25T12:00:00.000Z',
      },
    ],
  },
);

const checkoutId = t.Optional(t.String({ minLength: 1, maxLength: 100 }));
export const CryptoClaimBody = t.Object(
  { chargeId: checkoutId, checkoutId },
  {
    ...{ additionalProperties: false, minProperties: 1 },
    description: 'Either name of the one id.',
    examples: [{ chargeId: exampleIds.chargeId }],
  },
);
export const CryptoClaimView = t.Object(
  { ...ids, ...claimFields },
  { examples: [{ ...exampleIds, ...exampleClaim }] },
);

export const webhookDetail = {
  summary: "Coinbase's events",
  description:
    'Takes no key: `X-Hook0-Signature` is checked. Answered with 2xx once the effect is on disk; else Coinbase comes again.',
  parameters: [
    {
      ...{ name: 'X-Hook0-Signature', in: 'header' as const, required: true },
      description: '`t=<seconds>,h=<names of signed headers>,v1=<HMAC-SHA256 in hex>`',
      schema: { type: 'string' as const },
    },
  ],
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: { type: 'object' as const, description: 'A checkout and what happened to it.' },
        example: {
          ...{ eventType: 'checkout.payment.success', id: exampleIds.checkoutId, status: 'COMPLETED' },
          ...{ amount: '5.00', currency: 'USDC', url: exampleUrl },
        },
      },
    },
  },
};

export function viewCheckout(opened: OpenedCheckout): typeof CryptoCheckoutView.static {
  const { purchase, checkoutId: id, checkoutUrl, expiresAt } = opened;
  return {
    ...{ purchaseId: purchase.id, chargeId: id, checkoutId: id, checkoutUrl, url: checkoutUrl },
    ...viewAmounts(purchase),
    expiresAt: isoTime(expiresAt),
  };
}

export function viewClaim(ledger: Ledger, purchase: Purchase, id: string): typeof CryptoClaimView.static {
  return { purchaseId: purchase.id, chargeId: id, checkoutId: id, ...viewClaimed(ledger, purchase) };
}
