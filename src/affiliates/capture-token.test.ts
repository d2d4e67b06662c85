import { describe, expect, test } from 'bun:test';
import { createCaptureTokens } from './capture-token.ts';
import { dayMs, testClock } from './test-affiliates.ts';

const secret = new Uint8Array(32).fill(7);
const { clock, pass } = testClock();
const tokens = createCaptureTokens({ secret, clock, attributionDays: 30 });

describe('a capture token', () => {
  test('reads as what was signed, until the window from the first capture is over', () => {
    const capture = tokens.capture('PROMO_42', null);
    const token = tokens.sign(capture);
    expect(tokens.read(token)).toEqual(capture);
    pass(30 * dayMs - 1);
    expect(tokens.read(token)).toEqual(capture);
    pass(1);
    expect(tokens.read(token)).toBeNull();
  });

  test('with any one character changed, left out or added is not ours', () => {
    const token = tokens.sign(tokens.capture('PROMO_42', null));
    for (let at = 0; at < token.length; at++) {
      for (const other of ['A', 'B', '0', '1', '.', '_', '']) {
        const changed = token.slice(0, at) + other + token.slice(at + 1);
        if (changed !== token) expect([changed, tokens.read(changed)]).toEqual([changed, null]);
      }
    }
    for (const stray of [
      `${token}A`,
      ` ${token}`,
      token.toLowerCase(),
      token.replace('.', '..'),
      '',
      '..',
      'a.b.c',
    ])
      expect([stray, tokens.read(stray)]).toEqual([stray, null]);
  });

  test('of another appliance is not ours', () => {
    const others = createCaptureTokens({ secret: new Uint8Array(32).fill(8), clock, attributionDays: 30 });
    expect(tokens.read(others.sign(others.capture('PROMO_42', null)))).toBeNull();
  });

  test('counts by the window of today, not of the day it was made', () => {
    const token = tokens.sign(tokens.capture('PROMO_42', null));
    const strict = createCaptureTokens({ secret, clock, attributionDays: 1 });
    pass(2 * dayMs);
    expect([tokens.read(token)?.code, strict.read(token)]).toEqual(['PROMO_42', null]);
  });
});
