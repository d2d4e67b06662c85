import { randomBytes } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const marker = 'kt_live_';
const secretLength = 30;
const checksumLength = 6;
const prefixLength = 8;

/** A key as its owner sees it once: `kt_live_`, 30 random base62 characters, 6 of their CRC-32. */
export function generateApiKey(): string {
  const secret = randomBase62(secretLength);
  return `${marker}${secret}${checksum(secret)}`;
}

/** Whether `text` can be a key at all: tells a typo from an unknown key without asking the database. */
export function isApiKey(text: string): boolean {
  if (!text.startsWith(marker) || text.length !== marker.length + secretLength + checksumLength) return false;
  const secret = text.slice(marker.length, -checksumLength);
  return text.slice(-checksumLength) === checksum(secret);
}

/** What is stored: the secret has 178 bits, so a plain hash can't be searched through. */
export function hashApiKey(key: string): string {
  return new Bun.CryptoHasher('sha256').update(key).digest('hex');
}

/** What lists show and revoking takes. */
export function prefixOf(key: string): string {
  return key.slice(0, marker.length + prefixLength);
}

/** A prefix as a client may write it: with or without `kt_live_`, up to the whole key. */
export function normalizePrefix(text: string): string {
  return prefixOf(text.startsWith(marker) ? text : `${marker}${text}`);
}

function checksum(secret: string): string {
  let rest = Bun.hash.crc32(secret);
  let text = '';
  for (let i = 0; i < checksumLength; i++) {
    text = `${alphabet[rest % 62]}${text}`;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** Uniform: bytes from 248 up are drawn again, since 256 is no multiple of 62. */
function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < 248 && text.length < length) text += alphabet[byte % 62];
    }
  }
  return text;
}
