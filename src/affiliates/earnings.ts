import type { Clock } from '../clock.ts';
import { houseAccounts, type Ledger, type TransferCode } from '../ledger/ledger.ts';
import type { AffiliateStore } from './store.ts';

/** What moving an affiliate's money takes. */
export interface EarningsParts {
  store: AffiliateStore;
  ledger: Ledger;
  clock: Clock;
}

/**
 * An affiliate's ledger accounts, in the order in which a commission goes through them. Each is limited: it can't go
 * below zero, whatever the code does.
 */
export function earningsAccounts(affiliateId: string) {
  return {
    /** Earned, and not payable until a refund has become unlikely. */
    held: `affiliate:${affiliateId}:held`,
    available: `affiliate:${affiliateId}:available`,
    /** Of the open payout request. */
    requested: `affiliate:${affiliateId}:requested`,
  };
}

export interface Move {
  from: string;
  to: string;
  amountMicros: number;
  code: TransferCode;
  /** See `TransferRequest.reference`. */
  reference: string;
}

/** Moves an amount that is known to be there; 0 moves nothing. Called inside `Writer.write`. */
export function move(ledger: Ledger, { from, to, amountMicros, code, reference }: Move): void {
  if (amountMicros === 0) return;
  const request = { debitAccountId: from, creditAccountId: to, amountMicros, code, reference };
  const outcome = ledger.transfer(request);
  if (outcome.kind === 'exceeds_credits')
    throw new Error(`Transfer ${reference} exceeds the balance of ${from}.`);
}

/**
 * Pays what the affiliate owes from what has become available. Called inside `Writer.write` wherever something has.
 * @param cause names the event, which comes once: part of the transfer's reference
 */
export function payDebt(
  { store, ledger }: EarningsParts,
  { affiliateId, cause }: { affiliateId: string; cause: string },
): void {
  const { available } = earningsAccounts(affiliateId);
  const owedMicros = store.affiliate(affiliateId)?.owedMicros ?? 0;
  const amountMicros = Math.min(owedMicros, ledger.balanceMicros(available));
  if (amountMicros === 0) return;
  const reference = `commission_debt:${cause}`;
  move(ledger, {
    from: available,
    to: houseAccounts.commissions,
    amountMicros,
    code: 'commission_reversal',
    reference,
  });
  store.updateAffiliate(affiliateId, { owedMicros: owedMicros - amountMicros });
}

/** Where an affiliate's money is, in micro-dollars. */
export interface Earnings {
  heldMicros: number;
  availableMicros: number;
  requestedMicros: number;
  paidMicros: number;
  owedMicros: number;
}

export function earningsOf({ store, ledger }: Omit<EarningsParts, 'clock'>, affiliateId: string): Earnings {
  const { held, available, requested } = earningsAccounts(affiliateId);
  return {
    heldMicros: ledger.balanceMicros(held),
    availableMicros: ledger.balanceMicros(available),
    requestedMicros: ledger.balanceMicros(requested),
    paidMicros: store.paidMicros(affiliateId),
    owedMicros: store.affiliate(affiliateId)?.owedMicros ?? 0,
  };
}
