import type { Clock } from '../../clock.ts';
import { createAttemptLimit } from '../attempt-limit.ts';

/** A new code for an address can be asked for after this long. */
export const resendSeconds = 60;

const minuteSeconds = 60;
const hourSeconds = 3600;
const daySeconds = 86_400;

/** How often codes are sent and tried; by client before by address, so that no client uses up what others need. */
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
  const ofAll = limit(500, hourSeconds, `${codes} here; try again later.`);
  const verifies = limit(
    30,
    10 * minuteSeconds,
    'Too many codes were tried from your network; wait a while.',
  );
  return {
    takeStart({ email, client }) {
      byClient.take(client);
      for (const one of byAddress) one.take(email);
      ofAll.take('');
    },
    takeVerify: ({ client }) => verifies.take(client),
  };
}
