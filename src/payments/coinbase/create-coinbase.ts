import type { Settings } from '../../settings/load-settings.ts';
import { SettingsError } from '../../settings/settings-error.ts';
import { type HourlyLook, lookHourly } from '../look-hourly.ts';
import { connectCoinbase } from './coinbase-connection.ts';
import type { CheckoutParts } from '../checkout/create-checkout.ts';
import { createLookAgain } from './look-again.ts';
import type { EventParts } from './receive-event.ts';
import { createSettlePayment, type SettleParts } from './settle-payment.ts';

export interface CoinbaseParts extends CheckoutParts, EventParts, HourlyLook {
  /** Page that a checkout returns to. */
  returnPath: string;
}

/** Payments in cryptocurrencies. Null until the key and both secrets are there. @throws SettingsError a bad key */
export function createCoinbase(
  options: Omit<SettleParts, 'coinbase'> &
    Pick<CheckoutParts, 'packages' | 'openCheckoutsMax'> & {
      settings: Settings['coinbase'];
      returnPath: string;
    },
): CoinbaseParts | null {
  const { settings, clock, log } = options;
  const { keyName, keySecret, webhookSecret } = settings;
  if (keyName === '' || keySecret === '' || webhookSecret === '') return null;
  const parts = { ...options, coinbase: connect({ ...settings, clock }), webhookSecret };
  const settled = { ...parts, settlePayment: createSettlePayment(parts) };
  return { ...settled, ...lookHourly({ provider: 'Coinbase', log, look: createLookAgain(settled) }) };
}

function connect(options: Parameters<typeof connectCoinbase>[0]) {
  try {
    return connectCoinbase(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SettingsError([`coinbase.keySecret is no key: ${reason}`]);
  }
}
