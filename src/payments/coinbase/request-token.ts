import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Clock } from '../../clock.ts';

/** A token for one request to one address. */
export type RequestToken = (request: { method: string; url: URL }) => Promise<string>;

const lifetimeSeconds = 120;

/**
 * Signs the tokens that Coinbase's Developer Platform takes: JWTs that name the request they are for.
 * @param options.keyName the key's id
 * @param options.keySecret Ed25519: base64 of seed and public key, 64 bytes; or a key as PEM, also of P-256
 * @throws Error when the secret is none of these
 */
export function createRequestToken(options: {
  keyName: string;
  keySecret: string;
  clock: Clock;
}): RequestToken {
  const { keyName, clock } = options;
  const key = readPrivateKey(options.keySecret);
  const alg = key.asymmetricKeyType === 'ec' ? 'ES256' : 'EdDSA';
  return ({ method, url }) => {
    const seconds = Math.floor(clock() / 1000);
    const nonce = randomBytes(16).toString('hex');
    return new SignJWT({ uris: [`${method} ${url.host}${url.pathname}`] })
      .setProtectedHeader({ alg, kid: keyName, typ: 'JWT', nonce })
      .setSubject(keyName)
      .setIssuer('cdp')
      .setIssuedAt(seconds)
      .setNotBefore(seconds)
      .setExpirationTime(seconds + lifetimeSeconds)
      .sign(key);
  };
}

function readPrivateKey(secret: string): KeyObject {
  // An environment variable holds a PEM's line breaks as `\n`.
  if (secret.includes('-----BEGIN')) return createPrivateKey(secret.replaceAll('\\n', '\n'));
  const bytes = Buffer.from(secret, 'base64');
  if (bytes.length !== 64) throw new Error('it is neither PEM nor the base64 of 64 bytes');
  const d = bytes.toString('base64url', 0, 32);
  const x = bytes.toString('base64url', 32);
  return createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x }, format: 'jwk' });
}
