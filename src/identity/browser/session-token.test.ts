import { describe, expect, test } from 'bun:test';
import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { createSessionTokens } from './session-token.ts';

const tokens = createSessionTokens(randomBytes(32));

describe("a session cookie's value", () => {
  test('is 256 random bits and their signature, and leads to the hash alone', () => {
    const issued = Array.from({ length: 50 }, () => tokens.issue());
    expect(new Set(issued.map(({ cookieValue }) => cookieValue.slice(0, 10))).size).toBe(50);
    for (const { cookieValue, tokenHash } of issued) {
      const [token = '', signature = ''] = cookieValue.split('.');
      expect(Buffer.from(token, 'base64url')).toHaveLength(32);
      expect(Buffer.from(signature, 'base64url')).toHaveLength(32);
      expect(tokens.hashOf(cookieValue)).toBe(tokenHash);
      expect(tokenHash).toBe(createHash('sha256').update(token).digest('hex'));
    }
  });

  test('is nothing after any change of one character, wherever it is', () => {
    const { cookieValue } = tokens.issue();
    const others = 'AZaz09-_.=+/ %;,"\\é\0';
    for (let at = 0; at < cookieValue.length; at++) {
      for (const other of others) {
        if (cookieValue[at] === other) continue;
        const changed = cookieValue.slice(0, at) + other + cookieValue.slice(at + 1);
        expect([at, other, tokens.hashOf(changed)]).toEqual([at, other, null]);
      }
    }
  });

  test("whose last letter's idle bits are changed is another spelling, and not ours", () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const { cookieValue } = tokens.issue();
    const last = alphabet.indexOf(cookieValue.at(-1) ?? '');
    const twin = cookieValue.slice(0, -1) + alphabet[last ^ 1];
    const bytes = (value: string) => Buffer.from(value.split('.')[1] ?? '', 'base64url').toString('hex');
    expect(bytes(twin)).toBe(bytes(cookieValue));
    expect(tokens.hashOf(twin)).toBeNull();
  });

  test('is nothing when it is longer, shorter, twice there, in pieces of two, or of another secret', () => {
    const { cookieValue } = tokens.issue();
    const [token, signature] = cookieValue.split('.');
    const [otherToken, otherSignature] = tokens.issue().cookieValue.split('.');
    const foreign = createSessionTokens(randomBytes(32)).issue().cookieValue;
    for (const value of [
      ...['', '.', `${token}`, `${token}.`, `.${signature}`, `${signature}.${token}`, `"${cookieValue}"`],
      ...[`${cookieValue}A`, `A${cookieValue}`, `${cookieValue}.${signature}`, cookieValue.slice(0, -1)],
      ...[`${token}.${otherSignature}`, `${otherToken}.${signature}`, foreign, `${cookieValue}\n`],
    ])
      expect([value, tokens.hashOf(value)]).toEqual([value, null]);
  });

  test('is nothing when it is any other text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => tokens.hashOf(text) === null));
  });
});
