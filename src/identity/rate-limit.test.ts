import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { TooManyRequests } from '../errors.ts';
import { createRateLimit, type RateLimit, type RequestKind } from './rate-limit.ts';

function setUp(perMinute: { read: number; write: number }) {
  const time = { now: 1_000_000 };
  return { time, limit: createRateLimit({ clock: () => time.now, perMinute }) };
}

/** Null where the request may pass, else the seconds it is told to wait. */
function waitOf(limit: RateLimit, keyId = 'a', kind: RequestKind = 'write'): number | null {
  try {
    limit.take(keyId, kind);
    return null;
  } catch (error) {
    if (!(error instanceof TooManyRequests)) throw error;
    return error.retryAfterSeconds ?? Number.NaN;
  }
}

function passesOf(limit: RateLimit, tries: number, keyId = 'a', kind: RequestKind = 'write'): number {
  return Array.from({ length: tries }, () => waitOf(limit, keyId, kind)).filter((wait) => wait === null)
    .length;
}

describe('the rate limit', () => {
  test('a burst of a whole minute passes, and not one request more', () => {
    const { limit } = setUp({ read: 100, write: 10 });
    expect(passesOf(limit, 20)).toBe(10);
    expect(waitOf(limit)).toBe(6);
  });

  test('it refills evenly, and never beyond one burst', () => {
    const { limit, time } = setUp({ read: 100, write: 10 });
    passesOf(limit, 10);
    time.now += 18_000;
    expect(passesOf(limit, 20)).toBe(3);
    time.now += 3_600_000;
    expect(passesOf(limit, 20)).toBe(10);
  });

  test('keys, and the reads and writes of one key, have buckets of their own', () => {
    const { limit } = setUp({ read: 3, write: 2 });
    expect(passesOf(limit, 9, 'a', 'write')).toBe(2);
    expect(passesOf(limit, 9, 'a', 'read')).toBe(3);
    expect(passesOf(limit, 9, 'b', 'write')).toBe(2);
  });

  test('waiting just as long as was said is enough, at any rate and moment', () => {
    const pauses = fc.array(fc.nat(20_000), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), pauses, (write, milliseconds) => {
        const { limit, time } = setUp({ read: 1, write });
        for (const pause of milliseconds) {
          passesOf(limit, write);
          time.now += pause;
          const wait = waitOf(limit);
          if (wait === null) continue;
          expect(wait).toBeGreaterThanOrEqual(1);
          expect(wait).toBeLessThanOrEqual(60);
          time.now += wait * 1000;
          expect(waitOf(limit)).toBeNull();
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a refused request costs nothing: asking again and again does not lengthen the wait', () => {
    const { limit, time } = setUp({ read: 1, write: 1 });
    waitOf(limit);
    for (let second = 0; second < 60; second++) {
      expect(waitOf(limit)).toBe(60 - second);
      time.now += 1000;
    }
    expect(waitOf(limit)).toBeNull();
  });

  test('a clock that is set back locks nobody out and gives nothing away', () => {
    const { limit, time } = setUp({ read: 1, write: 6 });
    expect(passesOf(limit, 6)).toBe(6);
    time.now -= 3_600_000;
    expect(waitOf(limit)).toBe(10);
    time.now += 10_000;
    expect(passesOf(limit, 9)).toBe(1);
  });

  test('ten thousand other keys do not refill a bucket', () => {
    const { limit, time } = setUp({ read: 1, write: 1 });
    expect(waitOf(limit)).toBeNull();
    for (let i = 0; i < 11_000; i++) {
      time.now += 1;
      limit.take(`key-${i}`, 'read');
    }
    expect(waitOf(limit)).toBe(49);
  });
});
