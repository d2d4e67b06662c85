import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { fitSize, pixelsMax, sideMax, sideMin, sizeIssues } from './canvas.ts';

const size = fc.record({
  width: fc.integer({ min: 1, max: 30_000 }),
  height: fc.integer({ min: 1, max: 30_000 }),
});

test('a fitted size keeps every limit', () => {
  fc.assert(
    fc.property(size, (source) => {
      const fitted = fitSize(source);
      for (const side of [fitted.width, fitted.height]) {
        expect(side % 32).toBe(0);
        expect(side).toBeGreaterThanOrEqual(sideMin);
        expect(side).toBeLessThanOrEqual(sideMax);
      }
      expect(fitted.width * fitted.height).toBeLessThanOrEqual(pixelsMax);
    }),
  );
});

test('a fitted size keeps the shape within a step of rounding', () => {
  const ordinary = fc.record({
    width: fc.integer({ min: 256, max: 8000 }),
    height: fc.integer({ min: 256, max: 8000 }),
  });
  fc.assert(
    fc.property(ordinary, (source) => {
      fc.pre(Math.max(source.width / source.height, source.height / source.width) <= 4);
      const fitted = fitSize(source);
      const idealHeight = (fitted.width * source.height) / source.width;
      const stepOfWidth = (32 * source.height) / source.width;
      expect(Math.abs(fitted.height - idealHeight)).toBeLessThanOrEqual(32 + stepOfWidth);
    }),
  );
});

test('a size that is within the limits already stays', () => {
  const multiple = fc.integer({ min: 2, max: 64 }).map((steps) => steps * 32);
  fc.assert(
    fc.property(multiple, multiple, (width, height) => {
      expect(fitSize({ width, height })).toEqual({ width, height });
    }),
  );
});

test.each([
  [
    { width: 6000, height: 4000 },
    { width: 2496, height: 1664 },
  ],
  [
    { width: 1000, height: 700 },
    { width: 992, height: 704 },
  ],
  [
    { width: 40, height: 20 },
    { width: 128, height: 64 },
  ],
  [
    { width: 10_000, height: 10 },
    { width: 4096, height: 64 },
  ],
  [
    { width: 4000, height: 1048 },
    { width: 3968, height: 1056 },
  ],
])('%p becomes %p', (source, fitted) => {
  expect(fitSize(source)).toEqual(fitted);
});

test('a size beyond 4 MP names the height that would do', () => {
  const [issue] = sizeIssues({ width: 4096, height: 4096 }, () => true);
  expect(issue?.path).toBe('/input/height');
  expect(issue?.allowed).toEqual(['64..1024']);
  expect(sizeIssues({ width: 2048, height: 2048 }, () => true)).toEqual([]);
});
