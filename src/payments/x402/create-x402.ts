import type { Ledger } from '../../ledger/ledger.ts';
import { lookHourly } from '../look-hourly.ts';
import { createFacilitator } from './facilitator.ts';
import { createLookAgain } from './look-again.ts';
import { createPay, type PayParts } from './pay.ts';
import type { X402Settings } from './requirements.ts';
import type { X402Parts } from './routes.ts';
import { createSupported } from './supported.ts';

/** Payments by agents in stablecoins. */
export function createX402(
  options: Omit<PayParts, 'facilitator'> & { settings: X402Settings; ledger: Ledger },
): X402Parts {
  const { settings, ledger, log } = options;
  const facilitator = createFacilitator(settings);
  const pay = createPay({ ...options, facilitator });
  const supported = createSupported({ settings, facilitator, log });
  const lookAgain = createLookAgain(options);
  const look = async () => {
    await supported.look();
    await lookAgain();
  };
  return { settings, pay, ledger, supported, ...lookHourly({ provider: 'x402', log, look }) };
}
