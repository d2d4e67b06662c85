import { Elysia, t } from 'elysia';
import type { RequireKey } from '../identity/require-key.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { CreditPackage } from '../settings/schema.ts';
import { listPurchases } from './list-purchases.ts';
import { PurchaseListView, PurchasesQuery, viewPurchase } from './model.ts';
import type { PurchaseStore } from './store.ts';

const PackageView = t.Object({
  packageCode: t.String(),
  name: t.String(),
  priceUsd: t.Number(),
  priceUsdCents: t.Integer(),
  creditUsd: t.Number(),
  creditMicros: t.Integer(),
  currency: t.Literal('usd'),
});
const examplePackage = {
  ...{ packageCode: 'starter', name: 'Starter', priceUsd: 5, priceUsdCents: 500 },
  ...{ creditUsd: 5, creditMicros: 5_000_000, currency: 'usd' },
};
const PackageListView = t.Object(
  { packages: t.Array(PackageView) },
  { examples: [{ packages: [examplePackage] }] },
);
const BalanceView = t.Object(
  {
    balanceUsd: t.Number(),
    balanceMicros: t.Integer(),
    currency: t.Literal('usd'),
  },
  { examples: [{ balanceUsd: 12.5, balanceMicros: 12_500_000, currency: 'usd' }] },
);

/** `/api/v1/packages`, `/api/v1/balance` and `/api/v1/purchases`. */
export function paymentRoutes(options: {
  requireKey: RequireKey;
  ledger: Ledger;
  store: PurchaseStore;
  packages: readonly CreditPackage[];
}) {
  const { requireKey, ledger, store } = options;
  const packages = options.packages.map(viewPackage);
  return new Elysia({ name: 'payments.routes', prefix: '/api/v1', normalize: false, tags: ['Balance'] })
    .use(requireKey)
    .get('/packages', () => ({ packages }), {
      response: { 200: PackageListView },
      detail: { summary: 'Credit packages' },
    })
    .get(
      '/balance',
      ({ caller }) => {
        const balanceMicros = ledger.balanceMicros(caller.accountId);
        return { balanceUsd: balanceMicros / 1e6, balanceMicros, currency: 'usd' as const };
      },
      { requireKey: 'read', response: { 200: BalanceView }, detail: { summary: 'Your balance' } },
    )
    .get(
      '/purchases',
      ({ caller: { accountId }, query: { limit = 20, ...query } }) => {
        const { rows, nextCursor } = listPurchases(store, { accountId, limit, ...query });
        return { purchases: rows.map(viewPurchase), nextCursor };
      },
      {
        requireKey: 'read',
        query: PurchasesQuery,
        response: { 200: PurchaseListView },
        detail: { summary: 'Your purchases, newest first', tags: ['Payments'] },
      },
    );
}

function viewPackage({ code, name, priceUsdCents, creditMicros }: CreditPackage) {
  return {
    packageCode: code,
    name,
    priceUsd: priceUsdCents / 100,
    priceUsdCents,
    creditUsd: creditMicros / 1e6,
    creditMicros,
    currency: 'usd' as const,
  };
}
