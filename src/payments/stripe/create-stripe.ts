import { type HourlyLook, lookHourly } from '../look-hourly.ts';
import type { CheckoutParts } from '../checkout/create-checkout.ts';
import { createLookAgain } from './look-again.ts';
import type { EventParts } from './receive-event.ts';
import { createSettlePayment, type SettleParts } from './settle-payment.ts';
import { connectStripe } from './stripe-connection.ts';

export interface StripeParts extends CheckoutParts, EventParts, HourlyLook {
  /** Page that a checkout returns to. */
  returnPath: string;
}

/** Payments by card and whatever else Stripe's checkout offers. Null until both secrets are there. */
export function createStripe(
  options: Omit<SettleParts, 'stripe'> &
    Pick<CheckoutParts, 'packages' | 'openCheckoutsMax'> & {
      returnPath: string;
      settings: { secretKey: string; webhookSecret: string; apiUrl: string };
    },
): StripeParts | null {
  const { settings, log } = options;
  const { secretKey, webhookSecret } = settings;
  if (secretKey === '' || webhookSecret === '') return null;
  const parts = { ...options, stripe: connectStripe(settings), webhookSecret };
  const settled = { ...parts, settlePayment: createSettlePayment(parts) };
  return { ...settled, ...lookHourly({ provider: 'Stripe', log, look: createLookAgain(settled) }) };
}
