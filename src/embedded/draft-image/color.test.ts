import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { color, css, fromOklab, gradient, mix, toOklab } from './color.ts';

const part = fc.double({ min: 0, max: 1, noNaN: true });
const anyColor = fc.record({ red: part, green: part, blue: part });

test('Oklab and back is the same colour', () => {
  fc.assert(
    fc.property(anyColor, (start) => {
      const back = fromOklab(toOklab(start));
      expect(back.red).toBeCloseTo(start.red, 3);
      expect(back.green).toBeCloseTo(start.green, 3);
      expect(back.blue).toBeCloseTo(start.blue, 3);
    }),
  );
});

test('Oklab agrees with its published values', () => {
  // Ottosson's table: white is (1, 0, 0); pure red is about (0.628, 0.225, 0.126).
  const white = toOklab(color('#ffffff'));
  expect(white.light).toBeCloseTo(1, 4);
  expect(Math.hypot(white.a, white.b)).toBeLessThan(1e-4);
  const red = toOklab(color('#ff0000'));
  expect([red.light, red.a, red.b].map((value) => Math.round(value * 1000) / 1000)).toEqual([
    0.628, 0.225, 0.126,
  ]);
});

test('hex colours survive reading and writing', () => {
  expect(css(color('#1fe3ff'))).toBe('#1fe3ff');
});

test('a mix and a gradient begin and end at their colours', () => {
  const [from, to] = [color('#123456'), color('#fedcba')];
  expect(css(mix(from, to, 0))).toBe('#123456');
  expect(css(mix(from, to, 1))).toBe('#fedcba');
  const at = gradient([from, to]);
  expect([at(-1), at(0), at(1), at(2)].map(css)).toEqual(['#123456', '#123456', '#fedcba', '#fedcba']);
});
