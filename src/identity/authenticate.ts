import type { Clock } from '../clock.ts';
import type { Writer } from '../db/writer.ts';
import { Forbidden, Unauthorized } from '../errors.ts';
import { hashApiKey, isApiKey } from './api-key.ts';
import type { KeyLimits } from './key-limits.ts';
import type { IdentityStore } from './store.ts';
import type { Role } from './tables.ts';

/** Who sent a request. */
export interface Caller {
  accountId: string;
  keyId: string;
  role: Role;
  limits: KeyLimits;
}

export interface Authenticator {
  /**
   * The caller behind `Authorization: Bearer <key>` or `x-api-key`.
   * @throws Unauthorized no key, or one that is malformed, unknown or revoked
   * @throws Forbidden the account is disabled
   */
  authenticate(headers: Headers): Caller;
  /** Writes down when keys were last used; called on a timer and at the end, so that a read costs no write. */
  flushLastUsed(): Promise<void>;
}

export function createAuthenticator(options: {
  store: IdentityStore;
  writer: Writer;
  clock: Clock;
}): Authenticator {
  const { store, writer, clock } = options;
  const lastUsed = new Map<string, number>();
  return {
    authenticate(headers) {
      const key = readKey(headers);
      const owner = isApiKey(key) ? store.ownerOfHash(hashApiKey(key)) : undefined;
      if (!owner || owner.revokedAt !== null) throw new Unauthorized('The API key is unknown or revoked.');
      if (owner.disabledAt !== null) throw new Forbidden('This account is disabled.');
      lastUsed.set(owner.id, clock());
      const { id: keyId, accountId, role, allowedTasks, spendCapMicrosPerDay } = owner;
      return { accountId, keyId, role, limits: { allowedTasks, spendCapMicrosPerDay } };
    },
    async flushLastUsed() {
      const used = [...lastUsed];
      if (used.length === 0) return;
      await writer.write(() => {
        for (const [keyId, at] of used) store.touchKey(keyId, at);
      });
      // Only what is on disk is forgotten: a key used since then, or a failed write, is for the next time.
      for (const [keyId, at] of used) if (lastUsed.get(keyId) === at) lastUsed.delete(keyId);
    },
  };
}

function readKey(headers: Headers): string {
  const authorization = headers.get('authorization');
  const bearer = authorization === null ? null : /^bearer +(\S+) *$/i.exec(authorization)?.[1];
  const key = bearer ?? headers.get('x-api-key')?.trim();
  if (!key && authorization) throw new Unauthorized('Write the API key as `Authorization: Bearer <key>`.');
  if (!key) throw new Unauthorized('Send an API key as `Authorization: Bearer <key>` or `x-api-key`.');
  return key;
}
