import { randomBytes } from 'node:crypto';

/** Stripe's objects, with the fields that anybody here reads. */
interface StripeObject {
  id: string;
  object: string;
  created: number;
  livemode: boolean;
}
export interface FakeIntent extends StripeObject {
  amount: number;
  currency: string;
  status: 'processing' | 'succeeded' | 'requires_payment_method';
  metadata: Record<string, string>;
  latest_charge: string | null;
}
export interface FakeSession extends StripeObject {
  status: 'open' | 'complete' | 'expired';
  payment_status: 'unpaid' | 'paid';
  payment_intent: string | null;
  amount_total: number;
  currency: string;
  client_reference_id: string | null;
  metadata: Record<string, string>;
  expires_at: number;
  url: string | null;
  success_url: string;
  cancel_url: string | null;
}
export interface FakeRefund extends StripeObject {
  amount: number;
  status: 'pending' | 'succeeded' | 'failed';
  payment_intent: string;
}
export interface FakeDispute extends StripeObject {
  amount: number;
  status: 'needs_response' | 'warning_needs_response' | 'won' | 'lost';
  payment_intent: string;
}
export interface FakeEvent extends StripeObject {
  type: string;
  data: { object: object };
}

/** What a checkout is created from. */
export interface NewSession {
  amount: number;
  currency: string;
  accountReference: string | null;
  metadata: Record<string, string>;
  intentMetadata: Record<string, string>;
  successUrl: string;
  cancelUrl: string | null;
}

const daySeconds = 86_400;

/** One Stripe account: what is in it, and what customers, banks and its owner do. Each thing done makes its events. */
export type StripeAccount = ReturnType<typeof createStripeAccount>;

/** @param options.origin of the pages to pay at. @param options.now epoch milliseconds */
export function createStripeAccount(options: { origin: () => string; now: () => number; isLive?: boolean }) {
  const { now, isLive = false } = options;
  const sessions = new Map<string, FakeSession>();
  const intentMetadata = new Map<string, Record<string, string>>();
  const intents = new Map<string, FakeIntent>();
  const refunds = new Map<string, FakeRefund>();
  const disputes = new Map<string, FakeDispute>();
  const events: FakeEvent[] = [];
  let onEvent: (event: FakeEvent) => void = () => {};

  const base = (prefix: string, object: string): StripeObject => ({
    id: `${prefix}_${randomBytes(12).toString('hex')}`,
    ...{ object, created: Math.floor(now() / 1000), livemode: isLive },
  });
  /** Shows the object as it is at this moment. */
  const tell = (type: string, object: object) => {
    const event = { ...base('evt', 'event'), type, data: { object: structuredClone(object) } };
    events.push(event);
    onEvent(event);
  };
  const chargeOf = ({ id, amount, metadata, latest_charge, livemode }: FakeIntent) => {
    const sent = [...refunds.values()].filter(
      ({ payment_intent: of, status }) => of === id && status !== 'failed',
    );
    const amountRefunded = sent.reduce((sum, refund) => sum + refund.amount, 0);
    return {
      ...{ id: latest_charge, object: 'charge', payment_intent: id, amount, metadata, livemode },
      ...{ amount_refunded: amountRefunded, refunded: amountRefunded === amount },
    };
  };
  const intentOf = (sessionId: string) => found(intents, found(sessions, sessionId).payment_intent ?? '');

  return {
    ...{ sessions, intents, refunds, disputes, events },
    /** Called with each event as it is made. */
    listen(listener: (event: FakeEvent) => void) {
      onEvent = listener;
    },
    createSession(request: NewSession): FakeSession {
      const own = base(isLive ? 'cs_live' : 'cs_test', 'checkout.session');
      const session: FakeSession = {
        ...own,
        ...{ status: 'open', payment_status: 'unpaid', payment_intent: null },
        ...{ amount_total: request.amount, currency: request.currency, metadata: request.metadata },
        client_reference_id: request.accountReference,
        expires_at: own.created + daySeconds,
        url: `${options.origin()}/pay/${own.id}`,
        ...{ success_url: request.successUrl, cancel_url: request.cancelUrl },
      };
      sessions.set(session.id, session);
      intentMetadata.set(session.id, request.intentMetadata);
      return session;
    },
    /** The customer pays. @param how.isDelayed by a bank transfer, which takes days. @param how.amount something else */
    pay(sessionId: string, how: { isDelayed?: boolean; amount?: number } = {}): void {
      const session = found(sessions, sessionId);
      if (session.status !== 'open') throw new Error(`${sessionId} is ${session.status}.`);
      const intent: FakeIntent = {
        ...base('pi', 'payment_intent'),
        ...{ amount: how.amount ?? session.amount_total, currency: session.currency },
        metadata: intentMetadata.get(sessionId) ?? {},
        status: how.isDelayed ? 'processing' : 'succeeded',
        latest_charge: base('ch', 'charge').id,
      };
      intents.set(intent.id, intent);
      Object.assign(session, {
        ...{ status: 'complete', payment_intent: intent.id, url: null, amount_total: intent.amount },
        payment_status: how.isDelayed ? 'unpaid' : 'paid',
      });
      // What we don't deal with comes as well.
      if (!how.isDelayed) tell('charge.succeeded', chargeOf(intent));
      tell('checkout.session.completed', session);
    },
    /** The bank transfer arrives, or fails. */
    finishDelayed(sessionId: string, isPaid: boolean): void {
      const session = found(sessions, sessionId);
      intentOf(sessionId).status = isPaid ? 'succeeded' : 'requires_payment_method';
      if (isPaid) session.payment_status = 'paid';
      tell(`checkout.session.async_payment_${isPaid ? 'succeeded' : 'failed'}`, session);
    },
    expire(sessionId: string): FakeSession {
      const session = found(sessions, sessionId);
      if (session.status !== 'open') throw new Error(`${sessionId} is ${session.status}.`);
      Object.assign(session, { status: 'expired', url: null });
      tell('checkout.session.expired', session);
      return session;
    },
    refund(sessionId: string, amount?: number, status: FakeRefund['status'] = 'succeeded'): FakeRefund {
      const intent = intentOf(sessionId);
      const left = intent.amount - chargeOf(intent).amount_refunded;
      const refund = { ...base('re', 'refund'), amount: amount ?? left, status, payment_intent: intent.id };
      if (refund.amount < 1 || refund.amount > left) throw new Error(`Only ${left} is left to refund.`);
      refunds.set(refund.id, refund);
      tell('refund.created', refund);
      tell('charge.refunded', chargeOf(intent));
      return refund;
    },
    /** The customer's bank sends the money back. */
    failRefund(refundId: string): void {
      const refund = found(refunds, refundId);
      refund.status = 'failed';
      tell('refund.failed', refund);
    },
    /** The customer disputes the payment at the bank. @param how.isInquiry the bank only asks, for now */
    dispute(sessionId: string, how: { amount?: number; isInquiry?: boolean } = {}): FakeDispute {
      const intent = intentOf(sessionId);
      const dispute: FakeDispute = {
        ...base('du', 'dispute'),
        ...{ amount: how.amount ?? intent.amount, payment_intent: intent.id },
        status: how.isInquiry ? 'warning_needs_response' : 'needs_response',
      };
      disputes.set(dispute.id, dispute);
      tell('charge.dispute.created', dispute);
      if (!how.isInquiry) tell('charge.dispute.funds_withdrawn', dispute);
      return dispute;
    },
    closeDispute(disputeId: string, status: 'won' | 'lost'): void {
      const dispute = found(disputes, disputeId);
      dispute.status = status;
      tell('charge.dispute.closed', dispute);
      if (status === 'won') tell('charge.dispute.funds_reinstated', dispute);
    },
  };
}

function found<T>(things: Map<string, T>, id: string): T {
  const thing = things.get(id);
  if (!thing) throw new Error(`No such thing: '${id}'`);
  return thing;
}
