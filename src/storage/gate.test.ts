import { expect, test } from 'bun:test';
import { createGate } from './gate.ts';

test('never lets more than its places work at once, lets all work in order, and survives failures', async () => {
  const gate = createGate(3);
  const started: number[] = [];
  let working = 0;
  let most = 0;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) =>
      gate.pass(async () => {
        started.push(i);
        most = Math.max(most, ++working);
        await Bun.sleep(i % 3);
        working--;
        if (i % 4 === 0) throw new Error('failed');
        return i;
      }),
    ),
  );
  expect(most).toBe(3);
  expect(started).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(outcomes.filter((outcome) => outcome.status === 'rejected')).toHaveLength(5);
});
