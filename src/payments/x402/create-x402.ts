import type { Ledger } from '../../ledger/ledger.ts';
import { lookHourly } from '../look-hourly.ts';
import { createFacilitator } from './facilitator.ts';
import { createLookAgain } from './look-again.ts';
import { createPay, type PayParts } from './pay.ts';
import type { X402Settings } from './requirements.ts';
import type { X402Parts } from './routes.ts';

/** Payments by agents in stablecoins. */
export function createX402(
  options: Omit<PayParts, 'facilitator'> & { settings: X402Settings; ledger: Ledger },
): X402Parts {
  const { settings, ledger, log } = options;
  const pay = createPay({ ...options, facilitator: createFacilitator(settings) });
  const look = lookHourly({ provider: 'x402', log, look: createLookAgain(options) });
  return { settings, pay, ledger, ...look };
}
