import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createUrlSigner, parseFileUrl } from './signed-url.ts';

const signer = createUrlSigner(new Uint8Array(32).fill(1));
const now = 1_800_000_000_000;
const file = { jobId: 'job_1', filename: 'image.webp' };
const signed = signer.sign({ ...file, expiresAt: now + 1000 });
const partsOf = (url: string) => {
  const parts = parseFileUrl(url);
  if (!parts) throw new Error(`no file URL: ${url}`);
  return parts;
};

describe('a signed URL', () => {
  test('is good until it expires', () => {
    expect(signed).toMatch(/^\/files\/job_1\/image\.webp\?exp=1800000001&sig=[A-Za-z0-9_-]{43}$/);
    expect(signer.verify(partsOf(signed), now)).toBe('ok');
    expect(signer.verify(partsOf(signed), now + 999)).toBe('ok');
    expect(signer.verify(partsOf(signed), now + 1000)).toBe('expired');
    expect(signer.sign({ ...file, expiresAt: now + 1000 })).toBe(signed);
  });

  test('is read with any origin or none, and with more in its query', () => {
    for (const origin of ['', 'http://127.0.0.1:8787', 'https://media.example']) {
      expect(signer.verify(partsOf(`${origin}${signed}&download=1`), now)).toBe('ok');
    }
  });

  test('is void when anything in it is changed', () => {
    const parts = partsOf(signed);
    for (const change of [
      ...[{ jobId: 'job_2' }, { filename: 'image.png' }, { exp: '1900000000' }, { exp: null }, { sig: null }],
      ...[
        { sig: '' },
        { sig: 'AAAA' },
        { sig: `${parts.sig}=` },
        { sig: `${parts.sig} ` },
        { exp: '+1800000001' },
      ],
      ...[{ exp: '01800000001' }, { jobId: '../x' }, { filename: '..' }],
    ]) {
      expect(signer.verify({ ...parts, ...change }, now)).toBe('invalid');
    }
    expect(createUrlSigner(new Uint8Array(32).fill(2)).verify(parts, now)).toBe('invalid');
  });

  test('is void with any one character of its signature changed', () => {
    const parts = partsOf(signed);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    fc.assert(
      fc.property(fc.nat(42), fc.constantFrom(...alphabet.split('')), (at, character) => {
        const sig = parts.sig ?? '';
        fc.pre(sig[at] !== character);
        const forged = sig.slice(0, at) + character + sig.slice(at + 1);
        expect(signer.verify({ ...parts, sig: forged }, now)).toBe('invalid');
      }),
    );
  });

  test('can’t be made for a name that could lead elsewhere', () => {
    for (const filename of ['../a', 'a/b', '', '.env', 'a b']) {
      expect(() => signer.sign({ ...file, filename, expiresAt: now })).toThrow("Can't sign");
    }
  });

  test('other paths are no file URLs', () => {
    for (const url of ['/files/a', '/files/a/b/c', '/api/v1/files/a/b', 'http://', '', '/files//b']) {
      expect(parseFileUrl(url)).toBeNull();
    }
  });

  test('a path that is encoded twice is not decoded twice', () => {
    for (const url of [
      '/files/job_1/..%252fimage.webp?exp=1&sig=a',
      '/files/%2e%2e/image.webp?exp=1&sig=a',
    ]) {
      const parts = parseFileUrl(url);
      expect(parts === null || signer.verify(parts, now) === 'invalid').toBe(true);
    }
  });
});
