import { beforeEach, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Clock, createRetentionClock, createSteadyClock } from './clock.ts';

const hour = 3_600_000;
const startedAt = 1_700_000_000_000;
const holdMs = 72 * hour;

let set: number;
let passed: number;
/** Lets time pass, for every clock. */
const wait = (ms: number) => {
  set += ms;
  passed += ms;
};
const clock: Clock = () => set;
const monotonic: Clock = () => passed;

beforeEach(() => {
  set = startedAt;
  passed = 5000;
});

describe('the steady clock', () => {
  test('begins at the time of day and goes on whatever that is set to', () => {
    const steady = createSteadyClock(clock, monotonic);
    expect(steady()).toBe(startedAt);
    set += 1000 * hour;
    wait(10);
    set -= 5000 * hour;
    wait(5);
    expect(steady()).toBe(startedAt + 15);
  });
});

describe('the retention clock', () => {
  test('is the time of day while nobody sets that', () => {
    const retention = createRetentionClock({ clock, monotonic, holdMs });
    for (let i = 0; i < 1000; i++) {
      wait(300_000);
      // As NTP pulls it.
      set += 100;
      expect(retention()).toBe(set);
    }
  });

  test('follows a jump forward only after the hold has really passed', () => {
    const retention = createRetentionClock({ clock, monotonic, holdMs });
    set += 100 * hour;
    expect(retention()).toBe(startedAt);
    wait(holdMs - 1);
    expect(retention()).toBe(startedAt + holdMs - 1);
    wait(1);
    expect(retention()).toBe(set);
  });

  test('follows a jump back at once, which takes back what it held', () => {
    const retention = createRetentionClock({ clock, monotonic, holdMs });
    set += 100 * hour;
    retention();
    set -= 100 * hour;
    expect(retention()).toBe(startedAt);
    set -= 20 * hour;
    expect(retention()).toBe(startedAt - 20 * hour);
    set += 20 * hour;
    expect(retention()).toBe(startedAt - 20 * hour);
  });

  test('never makes anything older than it is, and follows the time of day in the end', () => {
    const step = fc.record({ waits: fc.nat({ max: 10 * hour }), jumps: fc.integer({ min: -200, max: 200 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        set = startedAt;
        passed = 0;
        const retention = createRetentionClock({ clock, monotonic, holdMs });
        const made: { stamp: number; passed: number }[] = [];
        for (const { waits, jumps } of steps) {
          made.push({ stamp: set, passed });
          wait(waits);
          retention();
          set += jumps * hour;
          const now = retention();
          for (const file of made) {
            // Old enough to be deleted by the clock means old enough in truth.
            if (now - file.stamp >= holdMs) expect(passed - file.passed).toBeGreaterThanOrEqual(holdMs);
          }
        }
        wait(holdMs);
        expect(retention()).toBe(set);
      }),
      { numRuns: 2000 },
    );
  });
});
