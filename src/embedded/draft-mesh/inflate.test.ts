import { expect, test } from 'bun:test';
import { inflate } from './inflate.ts';
import { createPlane } from './plane.ts';

function disc(side: number, radius: number) {
  const field = createPlane(side, side);
  field.values.forEach((_, n) => {
    const middle = (side - 1) / 2;
    field.values[n] = radius - Math.hypot((n % side) - middle, Math.floor(n / side) - middle);
  });
  return field;
}

test('a disc becomes half a ball while the level is far above its radius', () => {
  const [side, radius] = [121, 50.3];
  const height = inflate(disc(side, radius), { levelCells: 1e4, sweeps: 40 });
  for (const away of [0, 20, 40, 48]) {
    const ball = Math.sqrt(radius * radius - away * away);
    expect(Math.abs(height.values[60 * side + 60 + away]! - ball)).toBeLessThan(radius * 0.02);
  }
});

test('a wide shape levels off at twice the level', () => {
  const height = inflate(disc(121, 50.3), { levelCells: 5, sweeps: 40 });
  expect(height.values[60 * 121 + 60]!).toBeCloseTo(10, 1);
});

test('nothing rises outside the outline', () => {
  const field = disc(61, 20);
  const height = inflate(field, { levelCells: 10, sweeps: 20 });
  const wrong = field.values.filter((value, n) => value > 0 !== height.values[n]! > 0);
  expect(wrong.length).toBe(0);
});
