import { expect, test } from 'bun:test';
import { atOnce } from './at-once.ts';

const never = new AbortController().signal;

/** Resolves when the signal fires. */
const abortOf = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

test('answers in the order of the items, with no more at work than the limit', async () => {
  let working = 0;
  let most = 0;
  const doubled = await atOnce([5, 1, 4, 2, 3], { limit: 2, signal: never }, async (value) => {
    most = Math.max(most, ++working);
    await Bun.sleep(value);
    working--;
    return value * 2;
  });
  expect(doubled).toEqual([10, 2, 8, 4, 6]);
  expect(most).toBe(2);
});

test('a failure ends the others, begins no more, and is what is thrown', async () => {
  const begun: string[] = [];
  const ended: string[] = [];
  const all = atOnce(['long', 'bad', 'late'], { limit: 2, signal: never }, async (name, _, signal) => {
    begun.push(name);
    if (name === 'bad') throw new Error('bad');
    await abortOf(signal);
    ended.push(name);
    throw new Error('canceled');
  });
  await expect(all).rejects.toThrow('bad');
  expect({ begun, ended }).toEqual({ begun: ['long', 'bad'], ended: ['long'] });
});

test('an abort from outside ends all, even where the work itself takes it as its end', async () => {
  const canceler = new AbortController();
  const all = atOnce([1, 2, 3], { limit: 2, signal: canceler.signal }, (_item, _index, signal) =>
    abortOf(signal),
  );
  canceler.abort(new Error('stopped'));
  await expect(all).rejects.toThrow('stopped');
});
