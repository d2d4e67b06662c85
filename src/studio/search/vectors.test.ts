import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { cosine, toBytes } from './vectors.ts';

const dimensions = 96;
const vector = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: dimensions, maxLength: dimensions })
  .filter((values) => Math.hypot(...values) > 0.5);
const unit = (values: readonly number[]) => values.map((value) => value / Math.hypot(...values));

test('a cosine of stored bytes is that of the vector, to a hundredth', () => {
  fc.assert(
    fc.property(vector, vector, (one, other) => {
      const exact = unit(one).reduce((sum, value, place) => sum + value * (unit(other)[place] ?? 0), 0);
      expect(Math.abs(cosine(Float32Array.from(unit(one)), toBytes(other)) - exact)).toBeLessThan(0.01);
    }),
  );
});

test('bytes of another length, or of no direction, are like nothing', () => {
  const direction = Float32Array.from([1, 0]);
  expect(cosine(direction, toBytes([1, 0, 0]))).toBe(0);
  expect(cosine(direction, toBytes([0, 0]))).toBe(0);
  expect(cosine(direction, Buffer.alloc(0))).toBe(0);
  expect(cosine(direction, toBytes([3, 0]))).toBeCloseTo(1, 6);
});
