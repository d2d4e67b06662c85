import type { AuditLog } from '../audit/store.ts';
import { houseAccounts, type Ledger, type TransferCode } from '../ledger/ledger.ts';
import type { PurchaseStore } from './store.ts';
import type { Purchase } from './tables.ts';

interface AdjustParts {
  store: PurchaseStore;
  ledger: Ledger;
  audit: AuditLog;
  referrals: { purchaseChanged(purchase: Purchase): void };
}

/**
 * Brings the credit that was taken back to the share of the price that is refunded or in dispute. Called inside
 * `Writer.write`; safe to repeat.
 * @param purchase as it is to be from now on
 */
export function adjustCredit(parts: AdjustParts, purchase: Purchase): void {
  const { priceUsdCents, reversedMicros } = purchase;
  const refundedUsdCents = Math.min(priceUsdCents, purchase.refundedUsdCents);
  const disputedUsdCents = Math.min(priceUsdCents, purchase.disputedUsdCents);
  const goneUsdCents = Math.min(priceUsdCents, refundedUsdCents + disputedUsdCents);
  const targetMicros = purchase.state === 'settled' ? creditShare(purchase, goneUsdCents) : 0;
  const changed = { ...purchase, refundedUsdCents, disputedUsdCents };
  if (targetMicros > reversedMicros) takeBack(parts, changed, targetMicros - reversedMicros);
  else if (targetMicros < reversedMicros) giveBack(parts, changed, reversedMicros - targetMicros);
  else parts.store.update(purchase.id, { refundedUsdCents, disputedUsdCents });
}

/** What of the credit belongs to a part of the price, rounded up. The product may pass what a number holds exactly. */
function creditShare({ creditMicros, priceUsdCents }: Purchase, partUsdCents: number): number {
  const price = BigInt(priceUsdCents);
  return Number((BigInt(creditMicros) * BigInt(partUsdCents) + price - 1n) / price);
}

/** What the customer has spent already can't be taken back: it is our loss. */
function takeBack(parts: AdjustParts, purchase: Purchase, amountMicros: number): void {
  const { ledger } = parts;
  const number = purchase.adjustments + 1;
  const taken = Math.min(amountMicros, Math.max(0, ledger.balanceMicros(purchase.accountId)));
  const to = houseAccounts[purchase.provider];
  moveCredit(ledger, {
    ...{ from: purchase.accountId, to, code: 'reversal', amountMicros: taken },
    reference: `reversal:${purchase.id}:${number}`,
  });
  moveCredit(ledger, {
    ...{ from: houseAccounts.losses, to, code: 'reversal', amountMicros: amountMicros - taken },
    reference: `loss:${purchase.id}:${number}`,
  });
  finish(parts, {
    ...purchase,
    adjustments: number,
    reversedMicros: purchase.reversedMicros + amountMicros,
    lostMicros: purchase.lostMicros + amountMicros - taken,
  });
}

/** Our loss is made good first: the customer has had that credit. */
function giveBack(parts: AdjustParts, purchase: Purchase, amountMicros: number): void {
  const { ledger } = parts;
  const number = purchase.adjustments + 1;
  const recovered = Math.min(amountMicros, purchase.lostMicros);
  const from = houseAccounts[purchase.provider];
  moveCredit(ledger, {
    ...{ from, to: houseAccounts.losses, code: 'restoration', amountMicros: recovered },
    reference: `recovery:${purchase.id}:${number}`,
  });
  moveCredit(ledger, {
    ...{ from, to: purchase.accountId, code: 'restoration', amountMicros: amountMicros - recovered },
    reference: `restoration:${purchase.id}:${number}`,
  });
  finish(parts, {
    ...purchase,
    adjustments: number,
    reversedMicros: purchase.reversedMicros - amountMicros,
    lostMicros: purchase.lostMicros - recovered,
  });
}

function finish({ store, audit, referrals }: AdjustParts, purchase: Purchase): void {
  store.update(purchase.id, purchase);
  const { accountId, refundedUsdCents, disputedUsdCents, reversedMicros, lostMicros } = purchase;
  const details = { accountId, refundedUsdCents, disputedUsdCents, reversedMicros, lostMicros };
  audit.record({ actor: null, action: 'purchase.adjust', subject: purchase.id, details });
  referrals.purchaseChanged(purchase);
}

interface Move {
  from: string;
  to: string;
  amountMicros: number;
  code: TransferCode;
  reference: string;
}

/** A transfer that must succeed; of nothing, none. Called inside `Writer.write`. */
export function moveCredit(ledger: Ledger, { from, to, amountMicros, code, reference }: Move): void {
  if (amountMicros === 0) return;
  const outcome = ledger.transfer({
    debitAccountId: from,
    creditAccountId: to,
    amountMicros,
    code,
    reference,
  });
  if (outcome.kind !== 'created')
    throw new Error(`Transfer ${reference} of ${amountMicros} from ${from}: ${outcome.kind}.`);
}
