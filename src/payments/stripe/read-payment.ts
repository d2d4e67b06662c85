import type Stripe from 'stripe';
import { ProviderUnavailable } from '../provider-unavailable.ts';
import type { StripeConnection } from './stripe-connection.ts';

/** How a checkout stands at Stripe, as of one moment. */
export interface StripePayment {
  sessionId: string;
  /** `pending`: not paid yet, or under way as a bank transfer may be for days. */
  state: 'pending' | 'paid' | 'expired' | 'failed';
  paymentIntentId: string | null;
  /** The purchase that it was made for, by its metadata. */
  purchaseId: string | null;
  accountId: string | null;
  /** What was asked for, in the currency's smallest unit. */
  amount: number;
  currency: string;
  isLive: boolean;
  /** What has been sent back or is on its way. */
  refundedAmount: number;
  /** What is in dispute or lost to one. */
  disputedAmount: number;
}

/** A refund or dispute that has come to nothing. */
const voidRefunds = new Set<string | null>(['failed', 'canceled']);
/** An inquiry (`warning_…`) takes no money; one that was prevented is a refund. */
const harmlessDisputes = /^(won|prevented|warning_\w+)$/;

/**
 * Reads a checkout and all that came of it. Events are only told of: what counts is how things stand when they are
 * dealt with, so that their order doesn't matter.
 * @returns null where Stripe knows no such session: it is of another account or mode than today's key
 * @throws ProviderUnavailable
 */
export function readPayment(stripe: StripeConnection, sessionId: string): Promise<StripePayment | null> {
  return stripe.ask(async (sdk) => {
    const session = await sdk.checkout.sessions
      .retrieve(sessionId, { expand: ['payment_intent'] })
      .catch(nullWhereUnknown);
    if (session === null) return null;
    const { payment_intent: told } = session;
    const intent = typeof told === 'string' ? null : told;
    // Named alone it has been paid by all the same: what was refunded must not look as if it weren't.
    const paymentIntentId = typeof told === 'string' ? told : (told?.id ?? null);
    const [refunds, disputes] =
      paymentIntentId === null ? [[], []] : await readReversals(sdk, paymentIntentId);
    return {
      sessionId: session.id,
      state: stateOf(session, intent),
      paymentIntentId,
      purchaseId: session.metadata?.['purchaseId'] ?? null,
      accountId: session.client_reference_id,
      amount: session.amount_total === null ? 0 : wholeAmount(session.amount_total),
      currency: session.currency ?? '',
      isLive: session.livemode,
      refundedAmount: sum(refunds.filter(({ status }) => !voidRefunds.has(status))),
      disputedAmount: sum(disputes.filter(({ status }) => !harmlessDisputes.test(status))),
    };
  });
}

function nullWhereUnknown(error: unknown): null {
  if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return null;
  throw error;
}

/** Of one payment: more than a few are never there. */
async function readReversals(sdk: Stripe, paymentIntentId: string) {
  const page = { payment_intent: paymentIntentId, limit: 100 };
  return Promise.all([
    sdk.refunds.list(page).autoPagingToArray({ limit: 1000 }),
    sdk.disputes.list(page).autoPagingToArray({ limit: 1000 }),
  ]);
}

function stateOf(
  { status, payment_status: payment }: Stripe.Checkout.Session,
  intent: Stripe.PaymentIntent | null,
): StripePayment['state'] {
  if (payment !== 'unpaid') return 'paid';
  if (status === 'expired') return 'expired';
  const hasFailed = intent?.status === 'requires_payment_method' || intent?.status === 'canceled';
  return status === 'complete' && hasFailed ? 'failed' : 'pending';
}

function sum(parts: readonly { amount: number }[]): number {
  return parts.reduce((total, { amount }) => total + wholeAmount(amount), 0);
}

/** The SDK's types are promises of Stripe's, which nobody has checked. @throws ProviderUnavailable */
function wholeAmount(amount: unknown): number {
  if (typeof amount === 'number' && Number.isSafeInteger(amount) && amount >= 0) return amount;
  const cause = new Error(`Stripe tells of an amount that is none: ${JSON.stringify(amount)}.`);
  throw new ProviderUnavailable('stripe', { cause });
}
