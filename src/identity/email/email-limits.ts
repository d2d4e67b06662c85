import type { Clock } from '../../clock.ts';
import { createAttemptLimit } from '../attempt-limit.ts';

/** A new code for an address can be asked for after this long. */
export const resendSeconds = 60;

const minuteSeconds = 60;
const hourSeconds = 3600;
const daySeconds = 86_400;

/**
 * Of all addresses together. A day of it is less than the names that a limit remembers, so that nobody makes it forget
 * an address by asking for others.
 */
const codesPerHourMax = 400;

/** How often codes are sent and tried; by client first, so that no client uses up what others need. */
export interface EmailLimits {
  /** @throws TooManyRequests */
  takeStart(request: { email: string; client: string }): void;
  /** @throws TooManyRequests */
  takeVerify(request: { client: string }): void;
}

/** @param clock only goes on, however the time of day is set */
export function createEmailLimits(clock: Clock): EmailLimits {
  const codes = 'Too many sign-in codes were asked for';
  const limit = (max: number, windowSeconds: number, message: string) =>
    createAttemptLimit({ clock, max, windowSeconds, message });
  const byClient = limit(20, hourSeconds, `${codes} from your network; try again later.`);
  const byAddress = [
    limit(1, resendSeconds, 'A code was sent to this address just now; wait a minute before the next.'),
    limit(5, hourSeconds, `${codes} for this address; try again later.`),
    limit(10, daySeconds, `${codes} for this address; try again tomorrow.`),
  ];
  const ofAll = limit(codesPerHourMax, hourSeconds, `${codes} here; try again later.`);
  const verifies = limit(
    30,
    10 * minuteSeconds,
    'Too many codes were tried from your network; wait a while.',
  );
  return {
    takeStart({ email, client }) {
      byClient.take(client);
      ofAll.take('');
      for (const one of byAddress) one.take(email);
    },
    takeVerify: ({ client }) => verifies.take(client),
  };
}
