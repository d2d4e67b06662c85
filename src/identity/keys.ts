import { randomBytes } from 'node:crypto';
import type { AuditLog } from '../audit/store.ts';
import type { Clock } from '../clock.ts';
import { Conflict, Forbidden, NotFound } from '../errors.ts';
import { generateApiKey, hashApiKey, normalizePrefix, prefixOf } from './api-key.ts';
import type { IdentityStore } from './store.ts';
import type { ApiKey, Role } from './tables.ts';

/** A key that was just made, with the only copy of its secret. */
export interface CreatedKey {
  apiKey: string;
  row: ApiKey;
}

export interface NewKey {
  accountId: string;
  role: Role;
  label: string;
  /** The media tasks that it may submit; absent: all. */
  allowedTasks?: string[];
  /** What it may spend in a UTC day; absent: all that the account has. */
  spendCapMicrosPerDay?: number;
}

/** Builds a key without storing it. */
export function makeKey(options: NewKey & { now: number }): CreatedKey {
  const apiKey = generateApiKey();
  const row: ApiKey = {
    id: `key_${randomBytes(8).toString('hex')}`,
    accountId: options.accountId,
    role: options.role,
    keyHash: hashApiKey(apiKey),
    keyPrefix: prefixOf(apiKey),
    label: options.label,
    createdAt: options.now,
    lastUsedAt: null,
    revokedAt: null,
    allowedTasks: options.allowedTasks ?? null,
    spendCapMicrosPerDay: options.spendCapMicrosPerDay ?? null,
  };
  return { apiKey, row };
}

export interface KeyParts {
  store: IdentityStore;
  audit: AuditLog;
  clock: Clock;
}

/** Who asks; `keyId` is null for a person without a key yet. The operator at the machine is nobody of them. */
export type KeyActor = { accountId: string; keyId: string | null };

const activeKeysMax = 100;

/** Makes and stores a key. Called inside `Writer.write`. @throws Conflict the account has as many as it may */
export function addKey(
  { store, audit, clock }: KeyParts,
  request: NewKey,
  actor: KeyActor | null,
): CreatedKey {
  if (store.activeKeysOf(request.accountId).length >= activeKeysMax) {
    const message = `An account has ${activeKeysMax} active API keys at most; revoke one first.`;
    throw new Conflict(message, 'too_many_keys');
  }
  const created = makeKey({ ...request, now: clock() });
  store.insertKey(created.row);
  const { accountId, keyPrefix, label, role } = created.row;
  const details = { accountId, keyPrefix, label, role };
  audit.record({ actor, action: 'key.create', subject: created.row.id, details });
  return created;
}

/**
 * Revokes the one active key of the account whose prefix starts with `keyPrefix`; from the next request on. Called inside
 * `Writer.write`.
 * @throws NotFound no active key has this prefix
 * @throws Conflict several have it, or it is the account's last admin key
 * @throws Forbidden it is an admin key and the caller's is not
 */
export function revokeKey(
  { store, audit, clock }: KeyParts,
  request: { accountId: string; callerRole: Role; keyPrefix: string },
  actor: KeyActor | null,
): ApiKey {
  const prefix = normalizePrefix(request.keyPrefix);
  const active = store.activeKeysOf(request.accountId);
  const [key, ...others] = active.filter((candidate) => candidate.keyPrefix.startsWith(prefix));
  if (!key) throw new NotFound(`An active API key with the prefix ${request.keyPrefix}`);
  if (others.length > 0)
    throw new Conflict('Several API keys have this prefix; give more of it.', 'ambiguous_prefix');
  if (key.role === 'admin' && request.callerRole !== 'admin') {
    throw new Forbidden('Only an admin key revokes admin keys.');
  }
  const isLastAdmin = key.role === 'admin' && active.filter(({ role }) => role === 'admin').length === 1;
  if (isLastAdmin)
    throw new Conflict('This is the last admin key; create another one first.', 'last_admin_key');
  const revokedAt = clock();
  store.revokeKey(key.id, revokedAt);
  const details = { accountId: key.accountId, keyPrefix: key.keyPrefix };
  audit.record({ actor, action: 'key.revoke', subject: key.id, details });
  return { ...key, revokedAt };
}
