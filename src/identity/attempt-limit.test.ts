import { expect, test } from 'bun:test';
import { TooManyRequests } from '../errors.ts';
import { createAttemptLimit } from './attempt-limit.ts';

let now = 0;
const limitOf = (max: number) => {
  now = 1_000_000;
  return createAttemptLimit({ clock: () => now, max, windowSeconds: 10, message: 'Too often.' });
};
function waitSeconds(take: () => void): number | null {
  try {
    take();
    return null;
  } catch (error) {
    if (!(error instanceof TooManyRequests)) throw error;
    return error.retryAfterSeconds ?? null;
  }
}

test('so many attempts in the window, and the wait that is said is long enough and no longer', () => {
  const limit = limitOf(2);
  limit.take('a');
  now += 4_000;
  limit.take('a');
  const seconds = waitSeconds(() => limit.take('a'));
  expect(seconds).toBe(6);
  now += 5_999;
  expect(waitSeconds(() => limit.take('a'))).toBe(1);
  now += 1;
  expect(waitSeconds(() => limit.take('a'))).toBeNull();
});

test('one name does not use up another', () => {
  const limit = limitOf(1);
  limit.take('a');
  expect(waitSeconds(() => limit.take('b'))).toBeNull();
  expect(waitSeconds(() => limit.take('a'))).toBe(10);
});

test('a clock that is set back locks nobody out', () => {
  const limit = limitOf(1);
  limit.take('a');
  now -= 500_000;
  expect(waitSeconds(() => limit.take('a'))).toBeNull();
});

test('a flood of names forgets those that were idle for longest, and stays quick', () => {
  const limit = limitOf(1);
  limit.take('first');
  for (let name = 0; name < 10_000; name++) limit.take(`n${name}`);
  expect(waitSeconds(() => limit.take('n9999'))).toBe(10);
  expect(waitSeconds(() => limit.take('first'))).toBeNull();
});
