import type { AuditLog } from '../../audit/store.ts';
import type { Clock } from '../../clock.ts';
import type { Writer } from '../../db/writer.ts';
import type { Log } from '../../log.ts';
import { failedReason, mismatchReason } from '../checkout/claim-status.ts';
import { ProviderUnavailable } from '../provider-unavailable.ts';
import type { Purchases } from '../purchases.ts';
import type { PurchaseStore } from '../store.ts';
import type { Purchase } from '../tables.ts';
import { createTurns } from '../take-turns.ts';
import type { CheckoutState } from './checkout.ts';
import { type CoinbaseConnection, currency } from './coinbase-connection.ts';

export interface SettleParts {
  coinbase: CoinbaseConnection;
  store: PurchaseStore;
  purchases: Purchases;
  writer: Writer;
  audit: AuditLog;
  clock: Clock;
  log: Log;
}

/** What told of a change. */
export interface CheckoutEvent {
  eventId: string;
  type: string;
  /** How new the checkout is that it tells of, epoch milliseconds; null where it doesn't say. */
  updatedAt: number | null;
}

/** Brings a purchase to how its checkout stands at Coinbase. */
export type SettlePayment = (request: {
  purchaseId: string;
  checkoutId: string;
  /** Remembered together with its effect. */
  event?: CheckoutEvent;
}) => Promise<Purchase>;

/**
 * The one way in which anything at Coinbase changes a purchase, whether a webhook, a claim or our own look tells of it.
 * Safe to repeat and to interrupt: it reads how things stand, and writes that down in one transaction.
 */
export function createSettlePayment(parts: SettleParts): SettlePayment {
  const { coinbase, store, writer, clock } = parts;
  const inTurn = createTurns();
  return ({ purchaseId, checkoutId, event }) =>
    inTurn(purchaseId, async () => {
      const checkout = await coinbase.find(checkoutId);
      if (event) assertAsNewAs(event, checkout);
      return writer.write(() => {
        const now = clock();
        if (event) {
          const { eventId, type } = event;
          store.insertEvent({ provider: 'coinbase', eventId, type, receivedAt: now });
        }
        apply(parts, found(store, purchaseId), checkout);
        store.update(purchaseId, { checkedAt: now });
        return found(store, purchaseId);
      });
    });
}

/** What reads from a copy that lags behind would forget what it has just been told. @throws ProviderUnavailable */
function assertAsNewAs(event: CheckoutEvent, checkout: CheckoutState | null): void {
  const [told, seen] = [event.updatedAt, checkout?.updatedAt ?? null];
  if (told === null || seen === null || seen >= told) return;
  const cause = new Error(`Coinbase tells of event ${event.eventId}, but does not show its effect yet.`);
  throw new ProviderUnavailable('coinbase', { cause });
}

function found(store: PurchaseStore, purchaseId: string): Purchase {
  const purchase = store.find(purchaseId);
  if (!purchase) throw new Error(`There is no purchase ${purchaseId}.`);
  return purchase;
}

function apply(parts: SettleParts, purchase: Purchase, checkout: CheckoutState | null): void {
  const { store, purchases, log } = parts;
  const { id, accountId, providerId } = purchase;
  const isOurs = checkout?.purchaseId === id && checkout.accountId === accountId;
  if (!isOurs || (providerId !== null && providerId !== checkout.checkoutId)) {
    log.error('a Coinbase checkout is not the one of its purchase', { purchaseId: id, checkout });
    return;
  }
  store.update(id, { providerId: checkout.checkoutId });
  switch (checkout.status) {
    case 'ACTIVE':
    case 'PROCESSING':
      return;
    case 'EXPIRED':
    case 'DEACTIVATED':
      return void purchases.close(id, 'expired');
    case 'FAILED':
      return void purchases.close(id, failedReason);
    case 'COMPLETED':
    case 'PARTIALLY_REFUNDED':
    case 'REFUNDED':
      return applyPaid(parts, purchase, checkout);
    default:
      log.error('a Coinbase checkout is in a state that is not known here', { purchaseId: id, checkout });
  }
}

const microsPerUsdCent = 10_000;

/** What was closed is credited all the same: a payment may arrive on the chain after its time. */
function applyPaid(parts: SettleParts, purchase: Purchase, checkout: CheckoutState): void {
  const { purchases, audit } = parts;
  const { id, accountId, priceUsdCents } = purchase;
  const { asked, paid, checkoutId } = checkout;
  const priceMicros = priceUsdCents * microsPerUsdCent;
  const isAsAsked = asked.micros === priceMicros && asked.currency === currency && isDollar(paid.currency);
  if (!isAsAsked || paid.micros < priceMicros) review(parts, purchase, checkout);
  else if (purchases.settle(id) === 'settled' && paid.micros > priceMicros) {
    const details = { accountId, checkoutId, excessMicros: paid.micros - priceMicros };
    audit.record({ actor: null, action: 'purchase.overpaid', subject: id, details });
  }
  purchases.refunded(id, refundedUsdCents(priceMicros, checkout));
}

/** A settlement may be told of in dollars. */
function isDollar(name: string): boolean {
  return name === currency || name === 'USD';
}

/** Too little, or another currency: nothing is credited, and the operator is told once, whatever came before. */
function review({ store, purchases, audit, log }: SettleParts, purchase: Purchase, checkout: CheckoutState) {
  const { id, accountId, state, closedReason } = purchase;
  if (state === 'settled' || closedReason === mismatchReason) return;
  if (!purchases.close(id, mismatchReason)) store.update(id, { closedReason: mismatchReason });
  const { checkoutId, asked, paid } = checkout;
  const details = { accountId, checkoutId, asked, paid };
  audit.record({ actor: null, action: 'purchase.mismatch', subject: id, details });
  log.error('a Coinbase payment is not what was asked for; settle or refund it by hand', { id, ...details });
}

/**
 * What of the price is gone. Of too much, the excess goes first, and the credit stays; of too little, which an operator
 * has credited, the same part as of what was paid.
 */
function refundedUsdCents(priceMicros: number, { paid, refundedMicros }: CheckoutState): number {
  const goneMicros =
    paid.micros >= priceMicros
      ? refundedMicros - (paid.micros - priceMicros)
      : (refundedMicros * priceMicros) / Math.max(1, paid.micros);
  return Math.ceil(Math.min(priceMicros, Math.max(0, goneMicros)) / microsPerUsdCent);
}
