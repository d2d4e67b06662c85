import type Stripe from 'stripe';
import { Malformed } from '../../errors.ts';
import type { SettleParts, SettlePayment } from './settle-payment.ts';
import type { StripeConnection } from './stripe-connection.ts';

export interface EventParts extends SettleParts {
  settlePayment: SettlePayment;
  webhookSecret: string;
}

/** Further in the future than any two clocks differ; the SDK looks at the past only. */
const futureSecondsMax = 300;

/** The kinds of event that may change a purchase. A new kind must be switched on at Stripe as well. */
export const eventTypes = [
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'checkout.session.expired',
  'charge.refunded',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
] as const;
type PurchaseEvent = Extract<Stripe.Event, { type: (typeof eventTypes)[number] }>;

/**
 * A delivery of Stripe's, as it came. What isn't about a purchase of ours is received and forgotten.
 * @throws Malformed `invalid_signature`; ProviderUnavailable, after which Stripe delivers it again
 */
export async function receiveEvent(
  parts: EventParts,
  { text, signature }: { text: string; signature: string | null },
): Promise<void> {
  const event = await readSigned(parts, text, signature ?? '');
  await handleEvent(parts, event);
}

/** @throws ProviderUnavailable, after which it must be handled again */
export async function handleEvent(parts: EventParts, event: Stripe.Event): Promise<void> {
  const { store, stripe, settlePayment, log } = parts;
  const { id: eventId, type } = event;
  if (!isAboutPurchase(event) || store.hasEvent('stripe', eventId)) return;
  if (event.livemode !== stripe.isLive) {
    log.warn('a Stripe event is of the other mode than our key', { eventId, type, isLive: event.livemode });
    return;
  }
  const found = await findPurchase(parts, event);
  const remembered = { eventId, type };
  if (found === null) await parts.writer.write(() => remember(parts, remembered));
  else await settlePayment({ ...found, event: remembered });
}

function remember({ store, clock }: EventParts, event: { eventId: string; type: string }): void {
  store.insertEvent({ provider: 'stripe', ...event, receivedAt: clock() });
}

async function readSigned(parts: EventParts, text: string, signature: string): Promise<Stripe.Event> {
  const { stripe, webhookSecret: secret, clock } = parts;
  const now = clock();
  try {
    const event = await stripe.readEvent({ text, signature, secret, now });
    const signedAt = Number(/(?:^|,)t=(\d+)/.exec(signature)?.[1]);
    if (signedAt * 1000 <= now + futureSecondsMax * 1000) return event;
  } catch (cause) {
    throw new Malformed('The signature is not one of Stripe for this delivery.', 'invalid_signature', cause);
  }
  throw new Malformed('The delivery was signed in the future.', 'invalid_signature');
}

function isAboutPurchase(event: Stripe.Event): event is PurchaseEvent {
  return eventTypes.some((type) => type === event.type);
}

interface Found {
  purchaseId: string;
  sessionId: string;
}

async function findPurchase(parts: EventParts, event: PurchaseEvent): Promise<Found | null> {
  const { object } = event.data;
  if (object.object === 'checkout.session') return findBySession(parts, object);
  const { payment_intent: intent } = object;
  const paymentIntentId = typeof intent === 'string' ? intent : (intent?.id ?? null);
  if (paymentIntentId === null) return null;
  const purchase = parts.store.findByPaymentId('stripe', paymentIntentId);
  if (purchase?.providerId) return { purchaseId: purchase.id, sessionId: purchase.providerId };
  // It may be told of before the payment itself is.
  const session = await sessionOfPayment(parts.stripe, paymentIntentId);
  return session === undefined ? null : findBySession(parts, session);
}

function findBySession({ store }: EventParts, session: Stripe.Checkout.Session): Found | null {
  const named = session.metadata?.['purchaseId'];
  // Where we died before its id was written down, only its metadata tells.
  const purchase =
    store.findByProviderId('stripe', session.id) ?? (named === undefined ? undefined : store.find(named));
  return purchase?.provider === 'stripe' ? { purchaseId: purchase.id, sessionId: session.id } : null;
}

async function sessionOfPayment(
  stripe: StripeConnection,
  paymentIntentId: string,
): Promise<Stripe.Checkout.Session | undefined> {
  const query = { payment_intent: paymentIntentId, limit: 1 };
  return (await stripe.ask((sdk) => sdk.checkout.sessions.list(query))).data[0];
}
