import type { Clock } from '../clock.ts';
import { TooManyRequests } from '../errors.ts';

export type RequestKind = 'read' | 'write';

/** Token buckets: one a key and kind, full at first, refilled evenly over a minute. */
export interface RateLimit {
  /** @throws TooManyRequests with the seconds until the next request is allowed */
  take(keyId: string, kind: RequestKind): void;
}

interface Bucket {
  tokens: number;
  refilledAt: number;
}

/** Buckets kept at most; beyond that the full ones, which carry no information, are dropped. */
const bucketsMax = 10_000;

export function createRateLimit(options: {
  clock: Clock;
  perMinute: Record<RequestKind, number>;
}): RateLimit {
  const buckets = new Map<string, Bucket>();
  return {
    take(keyId, kind) {
      const capacity = options.perMinute[kind];
      const perMillisecond = capacity / 60_000;
      const now = options.clock();
      const name = `${kind}:${keyId}`;
      const bucket = buckets.get(name) ?? { tokens: capacity, refilledAt: now };
      const elapsedMs = Math.max(0, now - bucket.refilledAt);
      const tokens = Math.min(capacity, bucket.tokens + elapsedMs * perMillisecond);
      if (tokens < 1) {
        const retryAfterSeconds = Math.ceil((1 - tokens) / perMillisecond / 1000);
        throw new TooManyRequests(
          `This key may send ${capacity} ${kind} requests a minute.`,
          retryAfterSeconds,
        );
      }
      if (buckets.size >= bucketsMax) dropFull(buckets, options.perMinute, now);
      buckets.set(name, { tokens: tokens - 1, refilledAt: now });
    },
  };
}

function dropFull(buckets: Map<string, Bucket>, perMinute: Record<RequestKind, number>, now: number): void {
  for (const [name, bucket] of buckets) {
    const capacity = name.startsWith('read:') ? perMinute.read : perMinute.write;
    if (bucket.tokens + ((now - bucket.refilledAt) * capacity) / 60_000 >= capacity) buckets.delete(name);
  }
}
