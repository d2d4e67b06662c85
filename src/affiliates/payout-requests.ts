import { randomBytes } from 'node:crypto';
import { Conflict, NotFound } from '../errors.ts';
import { houseAccounts } from '../ledger/ledger.ts';
import { earningsAccounts, move, payDebt } from './earnings.ts';
import { activeAffiliateOf } from './membership.ts';
import type { Actor, AffiliateParts } from './parts.ts';
import { AffiliateNotActive, PayoutRefused } from './refusals.ts';
import type { Affiliate, PayoutRequest, PayoutState } from './tables.ts';

/** Why a payout can't be asked for now, or null where it can; as `PayoutRefused` would tell. */
export function payoutObstacle(
  parts: Pick<AffiliateParts, 'store' | 'ledger' | 'rules'>,
  affiliate: Affiliate,
): PayoutRefused | AffiliateNotActive | null {
  const { id, state, payoutMethod, payoutDetails } = affiliate;
  if (state !== 'active') return new AffiliateNotActive(state);
  if (payoutMethod === null || payoutDetails === null) {
    const message = 'Set `payoutMethod` and `payoutDetails` with `PATCH /api/v1/affiliates/me` first.';
    return new PayoutRefused('payout_method_missing', message, {});
  }
  const open = parts.store.openPayoutRequestOf(id);
  if (open) {
    const message = 'A payout request is open; the next can be made when it is paid or rejected.';
    return new PayoutRefused('payout_request_open', message, { payoutRequestId: open.id });
  }
  const { payoutMinMicros } = parts.rules;
  const availableMicros = parts.ledger.balanceMicros(earningsAccounts(id).available);
  if (availableMicros >= payoutMinMicros && availableMicros > 0) return null;
  const message = `$${availableMicros / 1e6} is available; the smallest payout is $${payoutMinMicros / 1e6}.`;
  return new PayoutRefused('below_payout_minimum', message, { availableMicros, payoutMinMicros });
}

/**
 * Sets an amount aside for a payout. What is due is released in the same transaction, and nothing runs between the
 * look at the balance and the transfer.
 * Called inside `Writer.write`.
 * @param request.amountMicros null: all that is available
 * @throws NotAnAffiliate, AffiliateNotActive; PayoutRefused 409 `payout_method_missing`, `payout_request_open`,
 *   `below_payout_minimum`, `exceeds_available`
 */
export function requestPayout(
  parts: AffiliateParts,
  { actor, amountMicros: wantedMicros }: { actor: Actor; amountMicros: number | null },
): PayoutRequest {
  const affiliate = activeAffiliateOf(parts, actor.accountId);
  parts.commissions.releaseDue({ affiliateId: affiliate.id });
  const obstacle = payoutObstacle(parts, affiliate);
  if (obstacle) throw obstacle;
  const amountMicros = allowedAmount(parts, affiliate.id, wantedMicros);
  const payout = setAside(parts, affiliate, amountMicros);
  parts.audit.record({ actor, action: 'payout.request', subject: payout.id, details: { amountMicros } });
  return payout;
}

function allowedAmount(
  { ledger, rules }: AffiliateParts,
  affiliateId: string,
  wantedMicros: number | null,
): number {
  const { payoutMinMicros } = rules;
  const availableMicros = ledger.balanceMicros(earningsAccounts(affiliateId).available);
  const amountMicros = wantedMicros ?? availableMicros;
  if (amountMicros > availableMicros) {
    const message = `$${availableMicros / 1e6} is available, which is less than $${amountMicros / 1e6}.`;
    throw new PayoutRefused('exceeds_available', message, { availableMicros });
  }
  if (amountMicros < payoutMinMicros) {
    const message = `The smallest payout is $${payoutMinMicros / 1e6}.`;
    throw new PayoutRefused('below_payout_minimum', message, { availableMicros, payoutMinMicros });
  }
  return amountMicros;
}

function setAside(
  { store, ledger, clock }: AffiliateParts,
  affiliate: Affiliate,
  amountMicros: number,
): PayoutRequest {
  const { id: affiliateId, payoutMethod, payoutDetails } = affiliate;
  if (payoutMethod === null || payoutDetails === null)
    throw new Error('A payout needs to know where it goes.');
  const { available, requested } = earningsAccounts(affiliateId);
  const payout = {
    ...{
      id: `pay_${randomBytes(12).toString('hex')}`,
      affiliateId,
      amountMicros,
      payoutMethod,
      payoutDetails,
    },
    ...{ state: 'requested' as const, reason: null, externalReference: null },
    ...{ requestedAt: clock(), approvedAt: null, closedAt: null },
  };
  const reference = `payout_request:${payout.id}`;
  move(ledger, { from: available, to: requested, amountMicros, code: 'payout_request', reference });
  const { lastInsertRowid } = store.insertPayoutRequest(payout);
  return { ...payout, sequence: Number(lastInsertRowid) };
}

/** What an operator makes of a payout request. */
export type PayoutDecision =
  | { to: 'approved' }
  /** The money was sent. */
  | { to: 'paid'; externalReference: string }
  /** The money goes back to what is available. */
  | { to: 'rejected'; reason: string };

const before: Record<PayoutDecision['to'], readonly PayoutState[]> = {
  approved: ['requested'],
  paid: ['approved'],
  rejected: ['requested', 'approved'],
};

/**
 * Moves a payout request on. Repeating a decision changes nothing. Called inside `Writer.write`.
 * @throws NotFound; Conflict 409 `payout_request_state`, also for a payment under another reference
 */
export function decidePayout(
  parts: AffiliateParts,
  actor: Actor,
  { payoutRequestId, decision }: { payoutRequestId: string; decision: PayoutDecision },
): PayoutRequest {
  const payout = parts.store.payoutRequest(payoutRequestId);
  if (!payout) throw new NotFound(`The payout request ${payoutRequestId}`);
  if (isRepeated(payout, decision)) return payout;
  if (!before[decision.to].includes(payout.state)) {
    const message = `A payout request that is ${payout.state} can't become ${decision.to}.`;
    throw new Conflict(message, 'payout_request_state');
  }
  const { to: state, ...given } = decision;
  const now = parts.clock();
  const times = state === 'approved' ? { approvedAt: now } : { closedAt: now };
  const changes = { state, ...given, ...times };
  moveMoney(parts, payout, state);
  parts.store.updatePayoutRequest(payoutRequestId, changes);
  const { affiliateId, amountMicros } = payout;
  const details = { affiliateId, amountMicros, ...given };
  parts.audit.record({ actor, action: `payout.${state}`, subject: payoutRequestId, details });
  return { ...payout, ...changes };
}

function isRepeated(payout: PayoutRequest, decision: PayoutDecision): boolean {
  if (payout.state !== decision.to) return false;
  return decision.to !== 'paid' || payout.externalReference === decision.externalReference;
}

function moveMoney(parts: AffiliateParts, payout: PayoutRequest, state: PayoutDecision['to']): void {
  const { id, affiliateId, amountMicros } = payout;
  const { available, requested } = earningsAccounts(affiliateId);
  switch (state) {
    case 'approved':
      return;
    case 'paid':
      return move(parts.ledger, {
        ...{ from: requested, to: houseAccounts.payouts, amountMicros },
        ...{ code: 'payout', reference: `payout:${id}` },
      });
    case 'rejected':
      move(parts.ledger, {
        ...{ from: requested, to: available, amountMicros },
        ...{ code: 'payout_return', reference: `payout_return:${id}` },
      });
      return payDebt(parts, { affiliateId, cause: id });
  }
}
