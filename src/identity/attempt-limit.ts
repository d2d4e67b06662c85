import type { Clock } from '../clock.ts';
import { TooManyRequests } from '../errors.ts';

/** How often something may be tried by one name (an address, a client) in a window of time. Kept in memory. */
export interface AttemptLimit {
  /** Counts one attempt. @throws TooManyRequests with the seconds until the next is allowed */
  take(name: string): void;
}

/** Names remembered at most; beyond that, those that have tried nothing for longest are forgotten. */
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
      const [longestIdle] = attempts.keys();
      if (attempts.size > namesMax && longestIdle !== undefined) attempts.delete(longestIdle);
    },
  };
}
