import type { Clock } from '../clock.ts';
import { TooManyRequests } from '../errors.ts';

/** How often something may be tried by one name (an address, a client) in a window of time. Kept in memory. */
export interface AttemptLimit {
  /** Counts one attempt. @throws TooManyRequests with the seconds until the next is allowed */
  take(name: string): void;
}

/** Names remembered at most; beyond that, those whose window has ended go first, then the oldest. */
const namesMax = 10_000;

/** @param options.message what the refused are told */
export function createAttemptLimit(options: {
  clock: Clock;
  max: number;
  windowSeconds: number;
  message: string;
}): AttemptLimit {
  const { clock, max, message } = options;
  const windowMs = options.windowSeconds * 1000;
  const attempts = new Map<string, number[]>();
  return {
    take(name) {
      const now = clock();
      const recent = (attempts.get(name) ?? []).filter((at) => at > now - windowMs && at <= now);
      const [oldest] = recent;
      if (oldest !== undefined && recent.length >= max) {
        throw new TooManyRequests(message, Math.max(1, Math.ceil((oldest + windowMs - now) / 1000)));
      }
      attempts.delete(name);
      attempts.set(name, [...recent, now]);
      if (attempts.size > namesMax) forgetOldest(attempts, now - windowMs);
    },
  };
}

function forgetOldest(attempts: Map<string, number[]>, since: number): void {
  for (const [name, times] of attempts) if ((times.at(-1) ?? 0) <= since) attempts.delete(name);
  const [oldest] = attempts.keys();
  if (attempts.size > namesMax && oldest !== undefined) attempts.delete(oldest);
}
