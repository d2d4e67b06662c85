import { and, desc, eq, isNull, lt, or, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { OpenDatabase } from '../db/open.ts';
import { createOwnerCache } from './owner-cache.ts';
import { type Account, accounts, type ApiKey, apiKeys, identities, type Identity } from './tables.ts';

/** The caller behind a key, as one indexed read answers it. */
export type KeyOwner = Pick<
  ApiKey,
  'id' | 'accountId' | 'role' | 'revokedAt' | 'allowedTasks' | 'spendCapMicrosPerDay'
> & {
  disabledAt: number | null;
};

/** Queries on accounts and keys. Writing ones are called inside `Writer.write`. */
export type IdentityStore = ReturnType<typeof createIdentityStore>;

export function createIdentityStore({ connection, db }: Pick<OpenDatabase, 'connection' | 'db'>) {
  const ownerOfHash = db
    .select({
      id: apiKeys.id,
      accountId: apiKeys.accountId,
      role: apiKeys.role,
      revokedAt: apiKeys.revokedAt,
      allowedTasks: apiKeys.allowedTasks,
      spendCapMicrosPerDay: apiKeys.spendCapMicrosPerDay,
      disabledAt: accounts.disabledAt,
    })
    .from(apiKeys)
    .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
    .where(eq(apiKeys.keyHash, sql.placeholder('keyHash')))
    .prepare();
  const owners = createOwnerCache(connection, (keyHash) => ownerOfHash.get({ keyHash }));
  return {
    ownerOfHash: (keyHash: string): KeyOwner | undefined => owners.find(keyHash),
    ...accountQueries(db, owners.forget),
    ...keyQueries(db, owners.forget),
    identity: (issuer: string, subject: string): Identity | undefined =>
      db
        .select()
        .from(identities)
        .where(and(eq(identities.issuer, issuer), eq(identities.subject, subject)))
        .get(),
    /** Accounts that were signed in to under an address, whoever vouched for it. @param email in lower case */
    accountIdsOfEmail: (email: string): string[] =>
      db
        .selectDistinct({ accountId: identities.accountId })
        .from(identities)
        .where(eq(identities.email, email))
        .all()
        .map(({ accountId }) => accountId),
    insertIdentity: (identity: Identity) => db.insert(identities).values(identity).run(),
  };
}

/** @param forgetOwners an account's state is part of what is remembered of its keys */
function accountQueries(db: BetterSQLite3Database, forgetOwners: () => void) {
  const accountById = db
    .select()
    .from(accounts)
    .where(eq(accounts.id, sql.placeholder('id')))
    .prepare();
  return {
    account: (accountId: string): Account | undefined => accountById.get({ id: accountId }),
    hasAccounts: (): boolean => db.select({ id: accounts.id }).from(accounts).limit(1).get() !== undefined,
    insertAccount: (account: Account) => db.insert(accounts).values(account).run(),
    updateAccount(accountId: string, changes: Partial<Account>) {
      forgetOwners();
      db.update(accounts).set(changes).where(eq(accounts.id, accountId)).run();
    },
    /** Newest first. @param filter.before those opened earlier than this account */
    listAccounts: ({ before, limit }: { before?: Account; limit: number }): Account[] => {
      const isOlder =
        before &&
        or(
          lt(accounts.createdAt, before.createdAt),
          and(eq(accounts.createdAt, before.createdAt), lt(accounts.id, before.id)),
        );
      const newestFirst = [desc(accounts.createdAt), desc(accounts.id)];
      return db
        .select()
        .from(accounts)
        .where(isOlder)
        .orderBy(...newestFirst)
        .limit(limit)
        .all();
    },
    /** The operator's: the first that was opened. */
    firstAdmin: (): Account | undefined =>
      db.select().from(accounts).where(eq(accounts.role, 'admin')).orderBy(accounts.createdAt).limit(1).get(),
  };
}

function keyQueries(db: BetterSQLite3Database, forgetOwners: () => void) {
  const touch = db
    .update(apiKeys)
    .set({ lastUsedAt: sql`${sql.placeholder('at')}` })
    .where(eq(apiKeys.id, sql.placeholder('id')))
    .prepare();
  return {
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
      forgetOwners();
      db.update(apiKeys).set({ revokedAt: at }).where(eq(apiKeys.id, keyId)).run();
    },
  };
}
