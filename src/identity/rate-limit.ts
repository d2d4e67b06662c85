import type { Clock } from '../clock.ts';
import { TooManyRequests } from '../errors.ts';

export type RequestKind = 'read' | 'write';

/** Token buckets: one a key and kind, full at first, refilled evenly over a minute. */
export interface RateLimit {
  /** @throws TooManyRequests with the seconds until the next request is allowed */
  take(keyId: string, kind: RequestKind): void;
}

interface Bucket {
  credit: number;
  refilledAt: number;
}

/**
 * What one request costs. A bucket of `capacity` requests gains `capacity` credit a millisecond, so that a
 * minute fills it, and every figure is an integer: waiting just as long as was said is never a hair too short.
 */
const requestCredit = 60_000;

/** Buckets kept at most; beyond that the full ones, which carry no information, are dropped. */
const bucketsMax = 10_000;

export function createRateLimit(options: {
  clock: Clock;
  perMinute: Record<RequestKind, number>;
}): RateLimit {
  const { clock, perMinute } = options;
  const buckets = new Map<string, Bucket>();
  return {
    take(keyId, kind) {
      const capacity = perMinute[kind];
      const now = clock();
      const name = `${kind}:${keyId}`;
      const credit = creditAt(buckets.get(name), capacity, now);
      const isAllowed = credit >= requestCredit;
      if (buckets.size >= bucketsMax && !buckets.has(name)) dropFull(buckets, perMinute, now);
      // Written down when refused too: after a clock was set back, waiting must count from now on.
      buckets.set(name, { credit: isAllowed ? credit - requestCredit : credit, refilledAt: now });
      if (isAllowed) return;
      throw new TooManyRequests(
        `This key may send ${capacity} ${kind} requests a minute.`,
        Math.ceil((requestCredit - credit) / (capacity * 1000)),
      );
    },
  };
}

function creditAt(bucket: Bucket | undefined, capacity: number, now: number): number {
  const full = capacity * requestCredit;
  if (!bucket) return full;
  return Math.min(full, bucket.credit + Math.max(0, now - bucket.refilledAt) * capacity);
}

function dropFull(buckets: Map<string, Bucket>, perMinute: Record<RequestKind, number>, now: number): void {
  for (const [name, bucket] of buckets) {
    const capacity = name.startsWith('read:') ? perMinute.read : perMinute.write;
    if (creditAt(bucket, capacity, now) === capacity * requestCredit) buckets.delete(name);
  }
}
