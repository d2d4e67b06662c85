import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { Amount, usd } from './amount.ts';

test('an amount is rounded up once, at the end', () => {
  expect(Amount.micros(1).per(3).times(3).roundedUp()).toBe(1);
  expect(Amount.micros(1).per(3).roundedUp()).toBe(1);
  expect(Amount.micros(20_000).times(1_000_001).per(1e6).roundedUp()).toBe(20_001);
  expect(Amount.micros(0).per(7).roundedUp()).toBe(0);
});

test('a decimal factor counts as it is written', () => {
  // In floating point 0.1 + 0.2 is above 0.3, which would cost a micro-dollar.
  expect(Amount.micros(10).times(0.1).plus(Amount.micros(10).times(0.2)).roundedUp()).toBe(3);
  expect(Amount.micros(8).times(15.1).times(64).roundedUp()).toBe(7732);
  expect(Amount.micros(1_000_000).times(1e-7).roundedUp()).toBe(1);
  expect(Amount.micros(1).times(1e21).per(1e6).roundedUp()).toBe(1e15);
});

test('an amount agrees with whole-number arithmetic', () => {
  const count = fc.integer({ min: 0, max: 1e7 });
  const divisor = fc.integer({ min: 1, max: 1e6 });
  fc.assert(
    fc.property(count, count, divisor, count, (rate, units, per, minimum) => {
      const exact = BigInt(rate) * BigInt(units);
      const up = (exact + BigInt(per) - 1n) / BigInt(per);
      const expected = up > BigInt(minimum) ? up : BigInt(minimum);
      const amount = Amount.micros(rate).times(units).per(per).atLeast(Amount.micros(minimum));
      expect(BigInt(amount.roundedUp())).toBe(expected);
    }),
  );
});

test('dollars show at least cents and at most micro-dollars', () => {
  expect([10_000, 1_000_000, 8, 20_972, 0].map(usd)).toEqual([
    '$0.01',
    '$1.00',
    '$0.000008',
    '$0.020972',
    '$0.00',
  ]);
});
