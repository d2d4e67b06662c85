import { addKey, revokeKey } from '../../src/identity/keys.ts';
import type { ApiKey } from '../../src/identity/tables.ts';
import { table } from '../benchmarks/table.ts';
import { type KeyStore, WrongAccount } from './key-store.ts';
import type { KeyOptions } from './options.ts';

/** What is told: `output` is for whoever asked, `note` is about it. */
export interface Told {
  output: string;
  note: string;
}

/** Makes a key. Its secret is in the output, and nowhere else. @throws WrongAccount, Conflict */
export async function makeNewKey(keys: KeyStore, options: KeyOptions): Promise<Told> {
  const { isAdmin, label = isAdmin ? 'Admin' : 'API key' } = options;
  const account = keys.account(options.accountId);
  if (isAdmin && account.role !== 'admin') {
    throw new WrongAccount(`${account.name} (${account.id}) is no operator, and may have no admin keys.`);
  }
  const role = isAdmin ? 'admin' : 'user';
  const request = { accountId: account.id, role, label } as const;
  const { apiKey } = await keys.writer.write(() => addKey(keys, request, null));
  return {
    output: `${isAdmin ? 'KT_ADMIN_KEY' : 'KT_API_KEY'}=${apiKey}`,
    note: `A new ${role} key of ${account.name} (${account.id}), shown this once. It is good from now on.`,
  };
}

/** Shows what is known of an account's keys. @throws WrongAccount */
export function listKeys(keys: KeyStore, { accountId }: KeyOptions): Told {
  const account = keys.account(accountId);
  const rows = keys.store.keysOf(account.id).map(describeKey);
  return {
    output: table(['prefix', 'role', 'label', 'made', 'last used', 'revoked'], rows).trimEnd(),
    note: `Keys of ${account.name} (${account.id}):`,
  };
}

/** Revokes a key. @throws WrongAccount, NotFound, Conflict several begin like this, or it is the last admin key */
export async function revokeByPrefix(keys: KeyStore, { accountId, keyPrefix }: KeyOptions): Promise<Told> {
  const account = keys.account(accountId);
  const request = { accountId: account.id, callerRole: 'admin', keyPrefix } as const;
  const revoked = await keys.writer.write(() => revokeKey(keys, request, null));
  return {
    output: revoked.keyPrefix,
    note: `Revoked the ${revoked.role} key '${revoked.label}' of ${account.name} (${account.id}).`,
  };
}

function describeKey({ keyPrefix, role, label, createdAt, lastUsedAt, revokedAt }: ApiKey): string[] {
  const times = [createdAt, lastUsedAt, revokedAt].map((at) =>
    at === null ? '' : new Date(at).toISOString().slice(0, 16).replace('T', ' '),
  );
  return [keyPrefix, role, label, ...times];
}
