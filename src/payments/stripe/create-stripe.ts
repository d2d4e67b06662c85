import { createLookAgain } from './look-again.ts';
import { startRounds } from '../rounds.ts';
import type { CheckoutParts } from './create-checkout.ts';
import type { EventParts } from './receive-event.ts';
import { createSettlePayment, type SettleParts } from './settle-payment.ts';
import { connectStripe } from './stripe-connection.ts';

export interface StripeParts extends CheckoutParts, EventParts {
  /** Begins to look, soon and then every hour, for what no webhook told of. */
  start(): void;
  /** Looks now. */
  lookAgain(): Promise<void>;
  stop(): Promise<void>;
}

const roundSeconds = 3600;

/** Payments by card and whatever else Stripe's checkout offers. Null until both secrets are there. */
export function createStripe(
  options: Omit<SettleParts, 'stripe'> &
    Pick<CheckoutParts, 'packages' | 'returnPath'> & {
      settings: { secretKey: string; webhookSecret: string; apiUrl: string };
    },
): StripeParts | null {
  const { settings, log } = options;
  const { secretKey, webhookSecret } = settings;
  if (secretKey === '' || webhookSecret === '') return null;
  const parts = { ...options, stripe: connectStripe(settings), webhookSecret };
  const settled = { ...parts, settlePayment: createSettlePayment(parts) };
  const work = createLookAgain(settled);
  let rounds: ReturnType<typeof startRounds> | undefined;
  return {
    ...settled,
    start() {
      rounds ??= startRounds({ name: 'looking for lost news of Stripe', seconds: roundSeconds, log, work });
    },
    lookAgain: () => rounds?.now() ?? work(),
    stop: async () => rounds?.stop(),
  };
}
