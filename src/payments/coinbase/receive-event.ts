import { createHash } from 'node:crypto';
import { Type } from '@sinclair/typebox';
import { Malformed } from '../../errors.ts';
import { fits } from '../../fits.ts';
import type { Purchase } from '../tables.ts';
import { type CheckoutState, readCheckout } from './checkout.ts';
import type { CheckoutEvent, SettleParts, SettlePayment } from './settle-payment.ts';
import { signedHeaders } from './signature.ts';

export interface EventParts extends SettleParts {
  settlePayment: SettlePayment;
  webhookSecret: string;
}

const Event = Type.Object({ eventType: Type.String({ maxLength: 100 }) });

/**
 * A delivery of Coinbase's, as it came. It only tells that something has changed: what, Coinbase is asked, so that
 * their order doesn't matter. What isn't about a purchase of ours is received and forgotten.
 * @throws Malformed `invalid_signature`; ProviderUnavailable, after which Coinbase delivers it again
 */
export async function receiveEvent(
  parts: EventParts,
  { text, headers }: { text: string; headers: Headers },
): Promise<void> {
  const { store, settlePayment, webhookSecret: secret, clock } = parts;
  const signed = signedHeaders({ text, headers, secret, now: clock() });
  if (signed === null) {
    throw new Malformed('The signature is not one of Coinbase for this delivery.', 'invalid_signature');
  }
  const body = parse(text);
  const checkout = readCheckout(body);
  if (!fits(Event, body) || checkout === null) {
    parts.log.warn('a Coinbase event is not about a checkout', { text: text.slice(0, 500) });
    return;
  }
  const event: CheckoutEvent = {
    eventId: signed.get('x-event-id') ?? createHash('sha256').update(text).digest('hex'),
    type: body.eventType,
    updatedAt: checkout.updatedAt,
  };
  const purchase = findPurchase(parts, checkout);
  if (!purchase || store.hasEvent('coinbase', event.eventId)) return;
  await settlePayment({ purchaseId: purchase.id, checkoutId: checkout.checkoutId, event });
}

/** @throws Malformed */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Malformed('The body is not valid JSON.', 'malformed_json', cause);
  }
}

function findPurchase({ store }: EventParts, checkout: CheckoutState): Purchase | null {
  const { checkoutId, purchaseId } = checkout;
  // Where we died before its id was written down, only its metadata tells.
  const purchase =
    store.findByProviderId('coinbase', checkoutId) ??
    (purchaseId === null ? undefined : store.find(purchaseId));
  return purchase?.provider === 'coinbase' ? purchase : null;
}
