import { createHash, randomBytes } from 'node:crypto';
import { createSigner } from '../../storage/secret.ts';

/** What a cookie holds, and what the database knows of it. */
export interface SessionToken {
  /** `<token>.<signature>`, both in base64url. */
  cookieValue: string;
  /** SHA-256 of the token, in hex: who reads the database can't sign in with it. */
  tokenHash: string;
}

export interface SessionTokens {
  /** A new one of 256 random bits. */
  issue(): SessionToken;
  /** The hash of the token in a cookie's value; null where this appliance did not sign it. In constant time. */
  hashOf(cookieValue: string): string | null;
}

const encodedBytes = '[A-Za-z0-9_-]{43}';
const cookieValuePattern = new RegExp(`^(${encodedBytes})\\.(${encodedBytes})$`);

/** @param secret at least 32 bytes; whoever changes it ends all sessions */
export function createSessionTokens(secret: Uint8Array): SessionTokens {
  const signer = createSigner({ secret, purpose: 'kt-browser-session-v1' });
  const hash = (token: string) => createHash('sha256').update(token).digest('hex');
  return {
    issue() {
      const token = randomBytes(32).toString('base64url');
      return { cookieValue: `${token}.${signer.sign(token)}`, tokenHash: hash(token) };
    },
    hashOf(cookieValue) {
      const [, token, signature] = cookieValuePattern.exec(cookieValue) ?? [];
      if (token === undefined || signature === undefined) return null;
      return signer.isSignature(signature, token) ? hash(token) : null;
    },
  };
}
