import { t } from 'elysia';
import { isoTime } from '../clock.ts';
import type { Purchase } from './tables.ts';

const strict = { additionalProperties: false };
const time = t.Union([t.String({ format: 'date-time' }), t.Null()]);
const optionalText = t.Union([t.String(), t.Null()]);
const state = t.Union([t.Literal('open'), t.Literal('settled'), t.Literal('closed')]);

const pageFields = {
  limit: t.Optional(t.Integer({ minimum: 1, maximum: 100, default: 20 })),
  cursor: t.Optional(t.String({ description: '`nextCursor` of the page before.' })),
  state: t.Optional(state),
};
export const PurchasesQuery = t.Object(pageFields, strict);
export const AdminPurchasesQuery = t.Object({ ...pageFields, accountId: t.Optional(t.String()) }, strict);

const purchaseFields = {
  purchaseId: t.String(),
  provider: t.Union([t.Literal('stripe'), t.Literal('coinbase'), t.Literal('x402')]),
  providerId: t.Union([t.String(), t.Null()], {
    description: "The provider's own id: a Checkout Session, a charge.",
  }),
  packageCode: optionalText,
  state,
  closedReason: optionalText,
  checkoutUrl: t.Union([t.String(), t.Null()], { description: 'While it is open: where it is paid.' }),
  priceUsd: t.Number(),
  priceUsdCents: t.Integer(),
  creditUsd: t.Number(),
  creditMicros: t.Integer(),
  refundedUsd: t.Number(),
  disputedUsd: t.Number({ description: 'In dispute now, or lost to one.' }),
  reversedUsd: t.Number({ description: 'How much of the credit was taken back for that.' }),
  currency: t.Literal('usd'),
  createdAt: t.String({ format: 'date-time' }),
  settledAt: time,
  closedAt: time,
};
const examplePurchase = {
  purchaseId: 'pur_0a1b2c3d4e5f60718293a4b5',
  ...{ provider: 'stripe', providerId: 'cs_live_a1B2c3D4e5F6', packageCode: 'starter' },
  ...{ state: 'settled', closedReason: null, checkoutUrl: null },
  ...{ priceUsd: 5, priceUsdCents: 500, creditUsd: 5, creditMicros: 5_000_000 },
  ...{ refundedUsd: 0, disputedUsd: 0, reversedUsd: 0, currency: 'usd' },
  ...{ createdAt: '2026-11-24T12:00:00.000Z', settledAt: '2026-11-24T12:01:30.000Z', closedAt: null },
};

export const PurchaseListView = t.Object(
  { purchases: t.Array(t.Object(purchaseFields)), nextCursor: optionalText },
  { examples: [{ purchases: [examplePurchase], nextCursor: null }] },
);

const exampleForAdmin = {
  ...examplePurchase,
  ...{ accountId: 'acct_3f9c0a1b2d4e5f607182', affiliateId: null, paymentId: 'pi_3QabcD', lostUsd: 0 },
};

export const AdminPurchaseView = t.Object(
  {
    ...purchaseFields,
    accountId: t.String(),
    affiliateId: optionalText,
    paymentId: optionalText,
    lostUsd: t.Number({ description: 'How much of what was taken back had been spent: our loss.' }),
  },
  { examples: [exampleForAdmin] },
);
export const AdminPurchaseListView = t.Object(
  { purchases: t.Array(AdminPurchaseView), nextCursor: optionalText },
  { examples: [{ purchases: [exampleForAdmin], nextCursor: null }] },
);

export const DecideBody = t.Object(
  {
    purchaseId: t.String(),
    reason: t.String({ minLength: 1, maxLength: 200, description: 'Kept in the audit log.' }),
  },
  {
    ...strict,
    examples: [{ purchaseId: examplePurchase.purchaseId, reason: 'Paid by bank transfer, ticket 42' }],
  },
);
export const DecidedView = t.Object(
  {
    purchase: AdminPurchaseView,
    changed: t.Boolean({ description: 'False where it was so already.' }),
  },
  { examples: [{ purchase: exampleForAdmin, changed: true }] },
);

export function viewPurchase(purchase: Purchase) {
  const { id, provider, providerId, packageCode, state: now, closedReason } = purchase;
  const { priceUsdCents, creditMicros, refundedUsdCents, disputedUsdCents, reversedMicros } = purchase;
  return {
    ...{ purchaseId: id, provider, providerId, packageCode, state: now, closedReason },
    checkoutUrl: now === 'open' ? purchase.checkoutUrl : null,
    ...{ priceUsd: priceUsdCents / 100, priceUsdCents, creditUsd: creditMicros / 1e6, creditMicros },
    ...{ refundedUsd: refundedUsdCents / 100, disputedUsd: disputedUsdCents / 100 },
    ...{ reversedUsd: reversedMicros / 1e6, currency: 'usd' as const },
    createdAt: isoTime(purchase.createdAt),
    ...{ settledAt: isoTime(purchase.settledAt), closedAt: isoTime(purchase.closedAt) },
  };
}

export function viewForAdmin(purchase: Purchase): typeof AdminPurchaseView.static {
  const { accountId, affiliateId, paymentId, lostMicros } = purchase;
  return { ...viewPurchase(purchase), accountId, affiliateId, paymentId, lostUsd: lostMicros / 1e6 };
}
