import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { OpenDatabase } from '../db/open.ts';
import { createOwnerCache } from './owner-cache.ts';
import { accounts, apiKeys, type Account, type ApiKey } from './tables.ts';

/** The caller behind a key, as one indexed read answers it. */
export type KeyOwner = Pick<ApiKey, 'id' | 'accountId' | 'role' | 'revokedAt'> & {
  disabledAt: number | null;
};

/** Queries on accounts and keys. Writing ones are called inside `Writer.write`. */
export type IdentityStore = ReturnType<typeof createIdentityStore>;

export function createIdentityStore({ connection, db }: Pick<OpenDatabase, 'connection' | 'db'>) {
  const id = sql.placeholder('id');
  const ownerOfHash = db
    .select({
      id: apiKeys.id,
      accountId: apiKeys.accountId,
      role: apiKeys.role,
      revokedAt: apiKeys.revokedAt,
      disabledAt: accounts.disabledAt,
    })
    .from(apiKeys)
    .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
    .where(eq(apiKeys.keyHash, sql.placeholder('keyHash')))
    .prepare();
  const touch = db
    .update(apiKeys)
    .set({ lastUsedAt: sql`${sql.placeholder('at')}` })
    .where(eq(apiKeys.id, id))
    .prepare();
  const accountById = db.select().from(accounts).where(eq(accounts.id, id)).prepare();

  const owners = createOwnerCache(connection, (keyHash) => ownerOfHash.get({ keyHash }));
  return {
    ownerOfHash: (keyHash: string): KeyOwner | undefined => owners.find(keyHash),
    account: (accountId: string): Account | undefined => accountById.get({ id: accountId }),
    hasAccounts: (): boolean => db.select({ id: accounts.id }).from(accounts).limit(1).get() !== undefined,
    insertAccount: (account: Account) => db.insert(accounts).values(account).run(),
    insertKey: (key: ApiKey) => db.insert(apiKeys).values(key).run(),
    touchKey: (keyId: string, at: number) => touch.run({ id: keyId, at }),
    keysOf: (accountId: string): ApiKey[] =>
      db
        .select()
        .from(apiKeys)
        .where(eq(apiKeys.accountId, accountId))
        .orderBy(desc(apiKeys.createdAt))
        .all(),
    activeKeysOf: (accountId: string): ApiKey[] =>
      db
        .select()
        .from(apiKeys)
        .where(and(eq(apiKeys.accountId, accountId), isNull(apiKeys.revokedAt)))
        .all(),
    revokeKey(keyId: string, at: number) {
      owners.forget();
      db.update(apiKeys).set({ revokedAt: at }).where(eq(apiKeys.id, keyId)).run();
    },
  };
}
