import { t } from 'elysia';
import type { Ledger } from '../../ledger/ledger.ts';
import { claimStatus } from './claim-status.ts';
import type { Purchase } from '../tables.ts';

/** What the checkouts of all providers have in common. */

export const CheckoutBody = t.Object(
  {
    packageCode: t.String({ minLength: 1, maxLength: 40, description: 'One of `GET /api/v1/packages`.' }),
    affiliateCode: t.Optional(t.String({ minLength: 1, maxLength: 64 })),
  },
  { additionalProperties: false, examples: [{ packageCode: 'starter', affiliateCode: 'PROMO_42' }] },
);

export const amountFields = {
  packageCode: t.Union([t.String(), t.Null()]),
  priceUsd: t.Number(),
  priceUsdCents: t.Integer(),
  creditUsd: t.Number(),
  creditMicros: t.Integer(),
  currency: t.Literal('usd'),
};
export const exampleAmounts = {
  ...{ packageCode: 'starter', priceUsd: 5, priceUsdCents: 500 },
  ...{ creditUsd: 5, creditMicros: 5_000_000, currency: 'usd' },
};

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

export const claimFields = { status, ...amountFields, balanceUsd: t.Number(), balanceMicros: t.Integer() };
export const exampleClaim = {
  status: 'settled',
  ...exampleAmounts,
  ...{ balanceUsd: 7.5, balanceMicros: 7_500_000 },
};

export const ReceivedView = t.Object({ received: t.Literal(true) }, { examples: [{ received: true }] });

export function viewAmounts({ packageCode, priceUsdCents, creditMicros }: Purchase) {
  const money = { priceUsd: priceUsdCents / 100, creditUsd: creditMicros / 1e6 };
  return { packageCode, priceUsdCents, creditMicros, ...money, currency: 'usd' as const };
}

export function viewClaimed(ledger: Ledger, purchase: Purchase) {
  const balanceMicros = ledger.balanceMicros(purchase.accountId);
  const balance = { balanceUsd: balanceMicros / 1e6, balanceMicros };
  return { status: claimStatus(purchase), ...viewAmounts(purchase), ...balance };
}
