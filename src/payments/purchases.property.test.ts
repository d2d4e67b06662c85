import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { checkLedger } from '../ledger/invariants.ts';
import { fiveDollars, openPurchases, type TestPurchases } from '../testing/test-purchases.ts';

const priceUsdCents = 500;
const creditMicros = 5_000_001;

/** What happens to one of three purchases of one account; `reopen` is the power going. */
const step = fc.oneof(
  fc.record({
    kind: fc.constantFrom('settle' as const, 'close' as const),
    purchase: fc.nat(2),
    part: fc.constant(0),
  }),
  fc.record({
    kind: fc.constantFrom('refunded' as const, 'disputed' as const),
    purchase: fc.nat(2),
    part: fc.integer({ min: 0, max: priceUsdCents + 100 }),
  }),
  fc.record({
    kind: fc.constant('spend' as const),
    purchase: fc.constant(0),
    part: fc.integer({ min: 1, max: creditMicros }),
  }),
  fc.record({ kind: fc.constant('reopen' as const), purchase: fc.constant(0), part: fc.constant(0) }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Model {
  isSettled: boolean;
  refunded: number;
  disputed: number;
}

function run(
  parts: TestPurchases,
  ids: readonly string[],
  accountId: string,
  { kind, purchase, part }: Step,
  at: number,
) {
  const id = ids[purchase] ?? '';
  const { purchases } = parts;
  if (kind === 'settle') purchases.settle(id);
  if (kind === 'close') purchases.close(id, 'expired');
  if (kind === 'refunded') purchases.refunded(id, part);
  if (kind === 'disputed') purchases.disputed(id, part);
  if (kind === 'spend') parts.spend(accountId, part, `spent:${at}`);
}

/** What a purchase must be, told by nothing but what was last said of it. */
function follow(model: Model, { kind, part }: Step): void {
  if (kind === 'settle') model.isSettled = true;
  if (kind === 'refunded') model.refunded = Math.min(part, priceUsdCents);
  if (kind === 'disputed') model.disputed = Math.min(part, priceUsdCents);
}

test('whatever is said of purchases, in any order and again, with the database opened anew in between: each is credited once, and taken back as far as it was refunded or disputed last', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 25, size: 'max' }),
      fc.integer({ min: 1, max: 3 }),
      (steps, repeats) => {
        let parts = openPurchases();
        const accountId = parts.openAccount();
        const ids = [0, 1, 2].map(() => parts.purchases.open({ accountId, ...fiveDollars, creditMicros }).id);
        const models: Model[] = ids.map(() => ({ isSettled: false, refunded: 0, disputed: 0 }));
        for (const [at, one] of steps.entries()) {
          for (let said = 0; said < repeats; said++) run(parts, ids, accountId, one, at);
          const model = models[one.purchase];
          if (model) follow(model, one);
          if (one.kind === 'reopen') {
            checkLedger(parts.database.connection);
            parts.close();
            parts = openPurchases({ path: parts.path });
          }
        }
        checkLedger(parts.database.connection);
        for (const [index, id] of ids.entries()) {
          const { isSettled, refunded, disputed } = models[index] ?? {
            isSettled: false,
            refunded: 0,
            disputed: 0,
          };
          const gone = Math.min(priceUsdCents, refunded + disputed);
          const { state, reversedMicros } = parts.find(id);
          expect(state === 'settled').toBe(isSettled);
          expect(reversedMicros).toBe(isSettled ? Math.ceil((creditMicros * gone) / priceUsdCents) : 0);
        }
        expect(parts.ledger.balanceMicros(accountId)).toBeGreaterThanOrEqual(0);
        parts.close();
      },
    ),
    { numRuns: 25 },
  );
});
