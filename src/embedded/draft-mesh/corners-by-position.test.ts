import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { cornersByPosition } from './corners-by-position.ts';

test('corners are together exactly where their positions round to the same cell', () => {
  const coordinate = fc.integer({ min: -3, max: 3 }).map((value) => value * 0.4);
  const place = fc.tuple(coordinate, coordinate, coordinate);
  fc.assert(
    fc.property(
      fc.array(place, { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0.1, 0.5, 1),
      (places, epsilon) => {
        const positions = Float32Array.from(places.flat());
        const indices = Uint32Array.from(places.keys());
        const { starts, corners } = cornersByPosition({ positions, indices }, epsilon);
        const found = Array.from({ length: starts.length - 1 }, (_, n) => [
          ...corners.subarray(starts[n], starts[n + 1]),
        ]);
        const expected = Map.groupBy(indices, (corner) =>
          [...positions.subarray(corner * 3, corner * 3 + 3)]
            .map((value) => Math.round(value / epsilon) + 0)
            .join(),
        );
        expect(found).toEqual([...expected.values()]);
      },
    ),
  );
});
