import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { hashText, seededRandom } from './random.ts';

const take = (seed: number, count: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
};

test('one seed always gives the same sequence, inside 0..1', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (seed) => {
      const numbers = take(seed, 20);
      expect(numbers).toEqual(take(seed, 20));
      expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    }),
  );
});

test('neighbouring seeds give unrelated sequences', () => {
  expect(take(1, 5)).not.toEqual(take(2, 5));
});

test('numbers spread evenly', () => {
  const tenths = Array.from({ length: 10 }, () => 0);
  for (const number of take(7, 100_000))
    tenths[Math.floor(number * 10)] = (tenths[Math.floor(number * 10)] ?? 0) + 1;
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});

test('the hash follows FNV-1a and tells texts apart', () => {
  expect(hashText('')).toBe(0x811c9dc5);
  expect(hashText('a')).toBe(0xe40c292c);
  expect(hashText('rain')).not.toBe(hashText('rainy'));
});
