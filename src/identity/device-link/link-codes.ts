import { createHash, createHmac, randomBytes, randomInt } from 'node:crypto';

/**
 * RFC 8628, 6.1: letters that make no words and are not taken for each other. Eight of them have 34.6 bits; the
 * limits of `link-limits.ts` make up for what that lacks.
 */
const userCodeLetters = 'BCDFGHJKLMNPQRSTVWXZ';
const userCodeLength = 8;

/** Any eight letters, so that a code of another alphabet is an unknown one and no malformed one. */
export const userCodePattern = '^\\s*(?:[A-Za-z][\\s-]?){8}\\s*$';

/** The code that a person reads on the device and types into a browser: `WDJB-MJHT`. */
export function generateUserCode(): string {
  const letters = Array.from({ length: userCodeLength }, () =>
    userCodeLetters.charAt(randomInt(userCodeLetters.length)),
  ).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

/** What only the device knows: 256 bits. */
export function generateDeviceCode(): string {
  return `ktd_${randomBytes(32).toString('base64url')}`;
}

export function hashDeviceCode(deviceCode: string): string {
  return createHash('sha256').update(deviceCode).digest('hex');
}

export type UserCodeHash = (userCode: string) => string;

/**
 * Finds a user code however it is typed. A plain hash of so few letters could be searched through.
 * @param secret at least 32 bytes that are not in the database
 */
export function createUserCodeHash(secret: Uint8Array): UserCodeHash {
  return (userCode) => {
    const letters = userCode.toUpperCase().replaceAll(/[^A-Z]/g, '');
    return createHmac('sha256', secret).update(`kt-user-code-v1\n${letters}`).digest('hex');
  };
}
