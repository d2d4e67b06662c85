import { randomBytes } from 'node:crypto';
import { houseAccounts } from '../ledger/ledger.ts';
import { type EarningsParts, earningsAccounts, move, payDebt } from './earnings.ts';
import type { Commission } from './tables.ts';

/** What of a purchase its affiliate's commission depends on. */
export interface ReferredPurchase {
  id: string;
  affiliateId: string | null;
  state: 'open' | 'settled' | 'closed';
  priceUsdCents: number;
  creditMicros: number;
  /** How much of the credit has been taken back by now. */
  reversedMicros: number;
}

export interface CommissionRules {
  commissionPercent: number;
  holdingDays: number;
}

const dayMs = 86_400_000;

/**
 * Commissions on settled purchases: held, released after the holding period, and taken back and given back with the
 * purchase's credit. Every method is called inside `Writer.write` and is safe to repeat.
 *
 * What is taken back comes from where the commission is: from what is held while it is held, and after its release
 * from what is available. What isn't there any more is owed, and paid by the next that becomes available. Another
 * purchase's held share is left alone: it may have to go back itself.
 */
export type Commissions = ReturnType<typeof createCommissions>;

export function createCommissions(parts: EarningsParts & { rules: CommissionRules }) {
  const { store, clock } = parts;
  return {
    /** Brings the commission to what the purchase is worth by now. */
    purchaseChanged(purchase: ReferredPurchase): void {
      const { affiliateId } = purchase;
      if (affiliateId === null || purchase.state !== 'settled') return;
      const commission = store.commissionOfPurchase(purchase.id) ?? earn(parts, { ...purchase, affiliateId });
      const { earnedMicros } = commission;
      const reversedMicros = earnedMicros - netMicros(earnedMicros, purchase);
      if (reversedMicros > commission.reversedMicros) takeBack(parts, commission, reversedMicros);
      if (reversedMicros < commission.reversedMicros) giveBack(parts, commission, reversedMicros);
    },
    /**
     * Makes available what has been held long enough.
     * @param scope.affiliateId of one affiliate, else of all
     * @param scope.limit of commissions; the rest waits for the next call
     * @returns how many were released
     */
    releaseDue(scope: { affiliateId?: string; limit?: number } = {}): number {
      const now = clock();
      const due = store.dueCommissions({ ...scope, now });
      for (const commission of due) release(parts, commission, now);
      return due.length;
    },
  };
}

/** The percentage of a price, rounded down; percentages count to four decimals. */
export function commissionMicros(priceUsdCents: number, commissionPercent: number): number {
  const percentTenThousandths = BigInt(Math.round(commissionPercent * 10_000));
  // 1 cent = 10,000 micro-dollars; 100 % = 1,000,000 ten-thousandths.
  return Number((BigInt(priceUsdCents) * percentTenThousandths) / 100n);
}

/** The share of a commission whose credit was not taken back, rounded down. */
function netMicros(earnedMicros: number, { creditMicros, reversedMicros }: ReferredPurchase): number {
  return Number((BigInt(earnedMicros) * BigInt(creditMicros - reversedMicros)) / BigInt(creditMicros));
}

function earn(
  { store, ledger, clock, rules }: EarningsParts & { rules: CommissionRules },
  purchase: ReferredPurchase & { affiliateId: string },
): Commission {
  const { id: purchaseId, affiliateId } = purchase;
  const now = clock();
  const earnedMicros = commissionMicros(purchase.priceUsdCents, rules.commissionPercent);
  const commission = {
    ...{ id: `com_${randomBytes(12).toString('hex')}`, purchaseId, affiliateId, earnedMicros },
    ...{ reversedMicros: 0, adjustments: 0, earnedAt: now },
    ...{ releaseAt: Math.ceil(now + rules.holdingDays * dayMs), releasedAt: null },
  };
  const { lastInsertRowid } = store.insertCommission(commission);
  move(ledger, {
    from: houseAccounts.commissions,
    to: earningsAccounts(affiliateId).held,
    amountMicros: earnedMicros,
    code: 'commission',
    reference: `commission:${purchaseId}`,
  });
  return { ...commission, sequence: Number(lastInsertRowid) };
}

function takeBack({ store, ledger }: EarningsParts, commission: Commission, reversedMicros: number): void {
  const { id, purchaseId, affiliateId, releasedAt } = commission;
  const adjustments = commission.adjustments + 1;
  const { held, available } = earningsAccounts(affiliateId);
  const from = releasedAt === null ? held : available;
  const wantedMicros = reversedMicros - commission.reversedMicros;
  const amountMicros = Math.min(wantedMicros, ledger.balanceMicros(from));
  const reference = `commission_reversal:${purchaseId}:${adjustments}`;
  const code = 'commission_reversal';
  move(ledger, { from, to: houseAccounts.commissions, amountMicros, code, reference });
  if (amountMicros < wantedMicros) {
    const owedMicros = (store.affiliate(affiliateId)?.owedMicros ?? 0) + wantedMicros - amountMicros;
    store.updateAffiliate(affiliateId, { owedMicros });
  }
  store.updateCommission(id, { reversedMicros, adjustments });
}

function giveBack(parts: EarningsParts, commission: Commission, reversedMicros: number): void {
  const { id, purchaseId, affiliateId, releasedAt } = commission;
  const adjustments = commission.adjustments + 1;
  const { held, available } = earningsAccounts(affiliateId);
  move(parts.ledger, {
    from: houseAccounts.commissions,
    to: releasedAt === null ? held : available,
    amountMicros: commission.reversedMicros - reversedMicros,
    code: 'commission',
    reference: `commission:${purchaseId}:${adjustments}`,
  });
  parts.store.updateCommission(id, { reversedMicros, adjustments });
  if (releasedAt !== null) payDebt(parts, { affiliateId, cause: `${purchaseId}:${adjustments}` });
}

function release(parts: EarningsParts, commission: Commission, now: number): void {
  const { id, purchaseId, affiliateId, earnedMicros, reversedMicros } = commission;
  const { held, available } = earningsAccounts(affiliateId);
  move(parts.ledger, {
    from: held,
    to: available,
    amountMicros: earnedMicros - reversedMicros,
    code: 'commission_release',
    reference: `commission_release:${purchaseId}`,
  });
  parts.store.updateCommission(id, { releasedAt: now });
  payDebt(parts, { affiliateId, cause: purchaseId });
}
