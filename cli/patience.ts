import { BadUsage } from './failure.ts';
import type { Environment } from './settings.ts';

/** How long an appliance that was reached before is waited for, when it can't be any more. @throws BadUsage */
export function patienceMs(environment: Environment): number {
  const seconds = Number(environment['KILLATAMATA_PATIENCE_SECONDS'] || 60);
  if (!Number.isFinite(seconds) || seconds < 0)
    throw new BadUsage('KILLATAMATA_PATIENCE_SECONDS is a number of seconds.');
  return seconds * 1000;
}
