import type { AuditLog } from '../../audit/store.ts';
import type { Clock } from '../../clock.ts';
import type { Writer } from '../../db/writer.ts';
import type { Log } from '../../log.ts';
import { failedReason, mismatchReason } from '../checkout/claim-status.ts';
import type { Purchases } from '../purchases.ts';
import type { PurchaseStore } from '../store.ts';
import type { Purchase } from '../tables.ts';
import { createTurns } from '../take-turns.ts';
import { readPayment, type StripePayment } from './read-payment.ts';
import type { StripeConnection } from './stripe-connection.ts';

export interface SettleParts {
  stripe: StripeConnection;
  store: PurchaseStore;
  purchases: Purchases;
  writer: Writer;
  audit: AuditLog;
  clock: Clock;
  log: Log;
}

/** Brings a purchase to how its checkout stands at Stripe. */
export type SettlePayment = (request: {
  purchaseId: string;
  sessionId: string;
  /** What told of it, remembered together with its effect. */
  event?: { eventId: string; type: string };
}) => Promise<Purchase>;

/**
 * The one way in which anything at Stripe changes a purchase, whether a webhook, a claim or our own look tells of it.
 * Safe to repeat and to interrupt: it reads how things stand, and writes that down in one transaction.
 */
export function createSettlePayment(parts: SettleParts): SettlePayment {
  const inTurn = createTurns();
  return ({ purchaseId, sessionId, event }) =>
    inTurn(purchaseId, async () => {
      const payment = await readPayment(parts.stripe, sessionId);
      return parts.writer.write(() => {
        if (event) parts.store.insertEvent({ provider: 'stripe', ...event, receivedAt: parts.clock() });
        apply(parts, found(parts.store, purchaseId), payment);
        return found(parts.store, purchaseId);
      });
    });
}

function found(store: PurchaseStore, purchaseId: string): Purchase {
  const purchase = store.find(purchaseId);
  if (!purchase) throw new Error(`There is no purchase ${purchaseId}.`);
  return purchase;
}

function apply(parts: SettleParts, purchase: Purchase, payment: StripePayment | null): void {
  const { store, purchases, audit, log } = parts;
  const { id } = purchase;
  const isOurs = payment?.purchaseId === id && payment.accountId === purchase.accountId;
  if (!isOurs || (purchase.providerId !== null && purchase.providerId !== payment.sessionId)) {
    log.error('a Stripe session is not the one of its purchase', { purchaseId: id, payment });
    return;
  }
  const { sessionId: providerId, paymentIntentId: paymentId } = payment;
  store.update(id, { providerId, paymentId });
  if (payment.state === 'expired') purchases.close(id, 'expired');
  if (payment.state === 'failed') purchases.close(id, failedReason);
  if (payment.state !== 'paid') return;
  const isRightMode = payment.isLive === parts.stripe.isLive;
  if (isRightMode && isAsAsked(purchase, payment)) purchases.settle(id);
  else if (purchases.close(id, mismatchReason)) {
    const { amount, currency, isLive } = payment;
    const details = { ...{ accountId: purchase.accountId, amount, currency, isLive }, sessionId: providerId };
    audit.record({ actor: null, action: 'purchase.mismatch', subject: id, details });
    log.error('a Stripe payment is not what was asked for; settle or refund it by hand', { id, ...details });
  }
  purchases.refunded(id, shareOfPrice(purchase, payment, payment.refundedAmount));
  purchases.disputed(id, shareOfPrice(purchase, payment, payment.disputedAmount));
}

function isAsAsked({ priceUsdCents }: Purchase, { amount, currency }: StripePayment): boolean {
  return amount === priceUsdCents && currency === 'usd';
}

/** The same part of the price as `part` is of what was paid; the two differ only where an operator settled. */
function shareOfPrice({ priceUsdCents }: Purchase, { amount }: StripePayment, part: number): number {
  return amount === priceUsdCents || amount === 0 ? part : Math.ceil((part * priceUsdCents) / amount);
}
