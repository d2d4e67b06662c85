import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { generateApiKey, hashApiKey, isApiKey, normalizePrefix, prefixOf } from './api-key.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const marker = 'kt_live_';
const key = generateApiKey();
const body = key.slice(marker.length);

describe('an API key', () => {
  test('is kt_live_ and 36 base62 characters', () => {
    for (let i = 0; i < 1000; i++) expect(generateApiKey()).toMatch(/^kt_live_[0-9A-Za-z]{36}$/);
    expect(isApiKey(key)).toBe(true);
  });

  test('ends with the CRC-32 of its secret in base62, as anyone can compute it', () => {
    // IEEE 802.3, bit by bit.
    let crc = 0xffffffff;
    for (const character of body.slice(0, 30)) {
      crc ^= character.charCodeAt(0);
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
    const number = (crc ^ 0xffffffff) >>> 0;
    const value = Array.from(body.slice(30)).reduce((sum, digit) => sum * 62 + alphabet.indexOf(digit), 0);
    expect(value).toBe(number);
  });

  test('is never made twice, and every character is about as likely', () => {
    const keys = Array.from({ length: 5000 }, generateApiKey);
    expect(new Set(keys).size).toBe(keys.length);
    const counts = new Map<string, number>();
    for (const made of keys)
      for (const character of made.slice(marker.length, marker.length + 30))
        counts.set(character, (counts.get(character) ?? 0) + 1);
    const mean = (5000 * 30) / 62;
    expect(counts.size).toBe(62);
    // Seven standard deviations: chance alone would take longer than the world to get there.
    for (const count of counts.values()) expect(Math.abs(count - mean)).toBeLessThan(7 * Math.sqrt(mean));
  });
});

describe('a mistyped key is known as such', () => {
  test('with any one character replaced by any other', () => {
    let tried = 0;
    for (let at = 0; at < body.length; at++)
      for (const wrong of alphabet) {
        if (wrong === body[at]) continue;
        expect(isApiKey(`${marker}${body.slice(0, at)}${wrong}${body.slice(at + 1)}`)).toBe(false);
        tried++;
      }
    expect(tried).toBe(36 * 61);
  });

  test('with any two neighbours swapped', () => {
    fc.assert(
      fc.property(fc.noShrink(fc.constant(null)).map(generateApiKey), fc.nat(34), (made, index) => {
        const at = marker.length + index;
        const [a = '', b = ''] = [made[at], made[at + 1]];
        fc.pre(a !== b);
        expect(isApiKey(`${made.slice(0, at)}${b}${a}${made.slice(at + 2)}`)).toBe(false);
      }),
    );
  });

  test.each([
    ['nothing', ''],
    ['the marker alone', marker],
    ['one character short', key.slice(0, -1)],
    ['one character long', `${key}0`],
    ['without its marker', body],
    ['with another marker', `kt_test_${body}`],
    ['with a space', `${key} `],
  ])('%s', (_name, text) => expect(isApiKey(text)).toBe(false));

  test('whatever else is sent', () => {
    fc.assert(fc.property(fc.string(), (text) => !isApiKey(text)));
  });
});

describe('what is kept of a key', () => {
  test('its SHA-256, and a prefix that shows eight of its characters', () => {
    expect(hashApiKey('kt_live_x')).toBe(new Bun.SHA256().update('kt_live_x').digest('hex'));
    expect(prefixOf(key)).toBe(`kt_live_${body.slice(0, 8)}`);
  });

  test('a prefix may be written with and without kt_live_', () => {
    expect(normalizePrefix('abcde')).toBe('kt_live_abcde');
    expect(normalizePrefix('kt_live_abcde')).toBe('kt_live_abcde');
    expect(normalizePrefix(key)).toBe(prefixOf(key));
  });
});
