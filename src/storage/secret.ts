import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncParent, syncToDisk } from './folders.ts';

const secretBytes = 32;

/**
 * Reads a secret of 32 random bytes, `<data>/secrets/<name>.key`, making it (mode 0600) on first use. Processes that
 * start together end up with the same one.
 */
export async function loadSecret(dataFolder: string, name: string): Promise<Uint8Array> {
  const path = join(dataFolder, 'secrets', `${name}.key`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  if (!(await Bun.file(path).exists())) await makeSecret(path);
  const secret = await readFile(path);
  if (secret.byteLength < secretBytes) throw new Error(`${path} is damaged: delete it to make a new secret.`);
  return secret;
}

/** A link appears whole or not at all, and never over another's. */
async function makeSecret(path: string): Promise<void> {
  const candidate = `${path}.${randomUUID()}`;
  try {
    await writeFile(candidate, randomBytes(secretBytes), { mode: 0o600 });
    await syncToDisk(candidate);
    await link(candidate, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await syncParent(path);
  } finally {
    await rm(candidate, { force: true });
  }
}

/** Signs what this appliance hands out, to know it again. */
export interface Signer {
  /** HMAC-SHA256 over purpose and parts, none of which has a line break; in base64url. */
  sign(...parts: string[]): string;
  /** Whether `signature` is what `sign` says; in constant time. */
  isSignature(signature: string, ...parts: string[]): boolean;
}

/**
 * @param options.secret at least 32 bytes
 * @param options.purpose so that what is signed for one is worth nothing for another
 */
export function createSigner({ secret, purpose }: { secret: Uint8Array; purpose: string }): Signer {
  if (secret.byteLength < secretBytes) throw new Error(`A signing secret has at least ${secretBytes} bytes.`);
  const digest = (parts: string[]) =>
    createHmac('sha256', secret)
      .update([purpose, ...parts].join('\n'))
      .digest();
  return {
    sign: (...parts) => digest(parts).toString('base64url'),
    isSignature(signature, ...parts) {
      const given = Buffer.from(signature, 'base64url');
      const wanted = digest(parts);
      const isEqual = given.byteLength === wanted.byteLength && timingSafeEqual(given, wanted);
      // The last letter of base64url has bits that mean nothing: only one spelling is ours.
      return isEqual && given.toString('base64url') === signature;
    },
  };
}
