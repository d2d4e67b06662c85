import { describe, expect, test } from 'bun:test';
import { generateKeyPairSync } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { createRequestToken } from './request-token.ts';

const now = 1_765_443_663_000;
const request = { method: 'POST', url: new URL('https://business.coinbase.com/api/v1/checkouts?a=b') };
const tokenBy = (keySecret: string) =>
  createRequestToken({ keyName: 'organizations/1/apiKeys/2', keySecret, clock: () => now })(request);

const curve = generateKeyPairSync('ed25519');
const prime = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { d = '', x = '' } = curve.privateKey.export({ format: 'jwk' });
const raw = Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]).toString('base64');
const pkcs8 = (key: typeof curve.privateKey) => key.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('a token', () => {
  test.each([
    ['seed and public key', raw, curve.publicKey, 'EdDSA'],
    ['PEM of Ed25519', pkcs8(curve.privateKey), curve.publicKey, 'EdDSA'],
    ['PEM of P-256', pkcs8(prime.privateKey), prime.publicKey, 'ES256'],
    [
      'SEC1, as one line',
      prime.privateKey.export({ type: 'sec1', format: 'pem' }).toString().replaceAll('\n', '\\n'),
      prime.publicKey,
      'ES256',
    ],
  ])('by %s is for one request, two minutes long', async (_what, secret, publicKey, alg) => {
    const token = await tokenBy(secret);
    const currentDate = new Date(now + 119_000);
    const { payload } = await jwtVerify(token, publicKey, { algorithms: [alg], currentDate });
    expect(payload).toEqual({
      ...{ iss: 'cdp', sub: 'organizations/1/apiKeys/2', iat: now / 1000, nbf: now / 1000 },
      ...{ exp: now / 1000 + 120, uris: ['POST business.coinbase.com/api/v1/checkouts'] },
    });
    const { nonce, ...header } = decodeProtectedHeader(token);
    expect(header).toEqual({ alg, kid: 'organizations/1/apiKeys/2', typ: 'JWT' });
    expect(nonce).not.toBe(decodeProtectedHeader(await tokenBy(secret))['nonce']);
  });

  test.each(['', 'c2VjcmV0', 'not base64!', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'])(
    'by %j is none',
    (secret) =>
      expect(() => createRequestToken({ keyName: 'k', keySecret: secret, clock: () => now })).toThrow(),
  );
});
