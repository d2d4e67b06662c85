import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createPlane, type Plane } from './plane.ts';
import { closeShell } from './shell.ts';
import { findLeaks } from './watertight.ts';

const side = 9;

/** A field of random corners, outside all along its border. */
const randomField = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: side * side, maxLength: side * side })
  .map((values): Plane => {
    const field = createPlane(side, side);
    values.forEach((value, n) => {
      const [x, y] = [n % side, Math.floor(n / side)];
      const atBorder = x === 0 || y === 0 || x === side - 1 || y === side - 1;
      field.values[n] = atBorder ? -1 : value;
    });
    return field;
  });

function flatRelief(inside: Plane) {
  const sheet = { ...inside, values: inside.values.map((value) => (value > 0 ? 1 : 0)) };
  return { inside, front: sheet, back: sheet };
}

test('every outline, however torn, gives a closed shell that faces outwards', () => {
  fc.assert(
    fc.property(randomField, (inside) => {
      const mesh = closeShell(flatRelief(inside));
      expect(findLeaks(mesh).size).toBe(0);
      let volume = 0;
      const { positions, indices } = mesh;
      for (let n = 0; n < indices.length; n += 3) {
        const [a, b, c] = [0, 1, 2].map((k) => [...positions.subarray(indices[n + k]! * 3).subarray(0, 3)]);
        volume += a![0]! * (b![1]! * c![2]! - b![2]! * c![1]!);
        volume += a![1]! * (b![2]! * c![0]! - b![0]! * c![2]!);
        volume += a![2]! * (b![0]! * c![1]! - b![1]! * c![0]!);
      }
      if (inside.values.some((value) => value > 0)) expect(volume).toBeGreaterThan(0);
    }),
  );
});

test('one corner inside becomes a double pyramid', () => {
  const inside = createPlane(3, 3);
  inside.values.fill(-1);
  inside.values[4] = 1;
  const { positions, indices } = closeShell(flatRelief(inside));
  expect(indices.length / 3).toBe(8);
  expect(positions.length / 3).toBe(6);
});
