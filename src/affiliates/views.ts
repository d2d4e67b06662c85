import { isoTime } from '../clock.ts';
import { cutPage, type Page } from '../page.ts';
import { earningsOf } from './earnings.ts';
import type { AffiliateParts } from './parts.ts';
import { payoutObstacle } from './payout-requests.ts';
import type { Affiliate, Commission, PayoutRequest } from './tables.ts';

type Parts = Pick<AffiliateParts, 'store' | 'ledger' | 'rules'>;

const money = (amountMicros: number) => ({ amountUsd: amountMicros / 1e6, amountMicros });

/** As its owner sees it. */
export function viewProfile({ rules }: Pick<Parts, 'rules'>, affiliate: Affiliate) {
  const { id, state, reason, displayName, websiteUrl, payoutMethod, payoutDetails, code } = affiliate;
  return {
    ...{ affiliateId: id, state, reason, displayName, websiteUrl, payoutMethod, payoutDetails, code },
    commissionPercent: rules.commissionPercent,
    appliedAt: isoTime(affiliate.appliedAt),
    decidedAt: isoTime(affiliate.decidedAt),
  };
}

/** As the operator sees it. */
export function viewManaged(parts: Parts, affiliate: Affiliate) {
  const { heldMicros, availableMicros, owedMicros } = earningsOf(parts, affiliate.id);
  const balances = { held: money(heldMicros), available: money(availableMicros), owed: money(owedMicros) };
  return { ...viewProfile(parts, affiliate), accountId: affiliate.accountId, ...balances };
}

export function viewDashboard(parts: Parts, { id, state, code }: Affiliate) {
  const sums = parts.store.commissionSums(id);
  const earnings = earningsOf(parts, id);
  return {
    ...{ affiliateId: id, state, code, commissionPercent: parts.rules.commissionPercent },
    boundAccounts: parts.store.countBindings(id),
    purchases: sums.count,
    earned: money(sums.earnedMicros),
    reversed: money(sums.reversedMicros),
    held: money(earnings.heldMicros),
    available: money(earnings.availableMicros),
    requested: money(earnings.requestedMicros),
    paid: money(earnings.paidMicros),
    owed: money(earnings.owedMicros),
  };
}

/** Without the purchase: whom somebody brought is no business of theirs. */
export function viewCommission(commission: Commission) {
  const { id, earnedMicros, reversedMicros, releasedAt } = commission;
  const isReversed = earnedMicros > 0 && reversedMicros === earnedMicros;
  const place = releasedAt === null ? ('held' as const) : ('released' as const);
  return {
    commissionId: id,
    state: isReversed ? ('reversed' as const) : place,
    amount: money(earnedMicros - reversedMicros),
    earned: money(earnedMicros),
    reversed: money(reversedMicros),
    earnedAt: isoTime(commission.earnedAt),
    releaseAt: isoTime(commission.releaseAt),
    releasedAt: isoTime(releasedAt),
  };
}

export function viewPayoutRequest(payout: PayoutRequest) {
  const { id, state, payoutMethod, payoutDetails, reason, externalReference } = payout;
  return {
    ...{ payoutRequestId: id, state, amount: money(payout.amountMicros), payoutMethod, payoutDetails },
    ...{ reason, externalReference, requestedAt: isoTime(payout.requestedAt) },
    approvedAt: isoTime(payout.approvedAt),
    closedAt: isoTime(payout.closedAt),
  };
}

/** With what the affiliate owes by now: an operator may want to reject instead of paying. */
export function viewManagedPayout({ store }: Pick<Parts, 'store'>, payout: PayoutRequest) {
  const { affiliateId } = payout;
  const owedMicros = store.affiliate(affiliateId)?.owedMicros ?? 0;
  return { ...viewPayoutRequest(payout), affiliateId, owed: money(owedMicros) };
}

/** A payout request that was paid. */
export function viewPayout({ id, amountMicros, payoutMethod, externalReference, closedAt }: PayoutRequest) {
  if (externalReference === null || closedAt === null)
    throw new Error(`The payout request ${id} is not paid.`);
  const amount = money(amountMicros);
  return { payoutRequestId: id, amount, payoutMethod, externalReference, paidAt: isoTime(closedAt) };
}

export function viewEligibility(parts: Parts, affiliate: Affiliate) {
  const obstacle = payoutObstacle(parts, affiliate);
  return {
    eligible: obstacle === null,
    code: obstacle?.code ?? null,
    message: obstacle?.message ?? null,
    available: money(earningsOf(parts, affiliate.id).availableMicros),
    minimum: money(parts.rules.payoutMinMicros),
  };
}

/** One page of a list, newest first. */
export function pageOf<Row extends { sequence: number }>(
  { limit = 50, cursor }: { limit?: number; cursor?: string },
  list: (page: { before: number | undefined; limit: number }) => Row[],
): Page<Row> {
  const before = cursor === undefined ? undefined : Number(cursor);
  const cursorOf = ({ sequence }: Row) => String(sequence);
  return cutPage({ limit, cursorOf, list: (most) => list({ before, limit: most }) });
}
