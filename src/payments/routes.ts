import { Elysia, t } from 'elysia';
import type { RequireKey } from '../identity/require-key.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { CreditPackage } from '../settings/schema.ts';

const PackageView = t.Object({
  packageCode: t.String(),
  name: t.String(),
  priceUsd: t.Number(),
  priceUsdCents: t.Integer(),
  creditUsd: t.Number(),
  creditMicros: t.Integer(),
  currency: t.Literal('usd'),
});
const BalanceView = t.Object({
  balanceUsd: t.Number(),
  balanceMicros: t.Integer(),
  currency: t.Literal('usd'),
});

/** `/api/v1/packages` and `/api/v1/balance`. */
export function paymentRoutes(options: {
  requireKey: RequireKey;
  ledger: Ledger;
  packages: readonly CreditPackage[];
}) {
  const { requireKey, ledger } = options;
  const packages = options.packages.map(viewPackage);
  return new Elysia({ name: 'payments.routes', prefix: '/api/v1', normalize: false, tags: ['Balance'] })
    .use(requireKey)
    .get('/packages', () => ({ packages }), {
      response: { 200: t.Object({ packages: t.Array(PackageView) }) },
      detail: { summary: 'Credit packages' },
    })
    .get(
      '/balance',
      ({ caller }) => {
        const balanceMicros = ledger.balanceMicros(caller.accountId);
        return { balanceUsd: balanceMicros / 1e6, balanceMicros, currency: 'usd' as const };
      },
      { requireKey: 'read', response: { 200: BalanceView }, detail: { summary: 'Your balance' } },
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
