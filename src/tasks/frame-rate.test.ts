import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { exactFrameRate, frameRateWords, framesPerSecond } from './frame-rate.ts';

test.each([
  [60, '60'],
  [29.97, '30000/1001'],
  [29.97003, '30000/1001'],
  [23.976, '24000/1001'],
  [23.98, '24000/1001'],
  [59.94, '60000/1001'],
  [119.88, '120000/1001'],
  [12.5, '25/2'],
  [1, '1'],
])('%p frames a second are exactly %s', (decimal, exact) => {
  expect(frameRateWords(exactFrameRate(decimal))).toBe(exact);
});

test('an exact rate is near the decimal and in lowest terms', () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 120, noNaN: true }), (decimal) => {
      const rate = exactFrameRate(decimal);
      expect(Math.abs(framesPerSecond(rate) - decimal)).toBeLessThan(0.005);
      expect(Number.isInteger(rate.numerator) && Number.isInteger(rate.denominator)).toBe(true);
    }),
  );
});
