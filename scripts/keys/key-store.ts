import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { createAuditLog } from '../../src/audit/store.ts';
import { systemClock } from '../../src/clock.ts';
import type { Writer } from '../../src/db/writer.ts';
import { createIdentityStore } from '../../src/identity/store.ts';
import type { Account } from '../../src/identity/tables.ts';

/** Which account is meant can't be told, or it may not have such a key. */
export class WrongAccount extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WrongAccount';
  }
}

/** What the functions of `src/identity/keys.ts` are called with, on the database of an appliance that may be running. */
export type KeyStore = ReturnType<typeof openKeyStore>;

/** An appliance holds the lock for one commit at a time. */
const busyMsMax = 10_000;

/**
 * Opens the database beside the appliance: it is neither migrated nor checked, and a write is one short transaction
 * that the appliance waits for.
 */
export function openKeyStore(path: string) {
  const connection = new Database(path, { fileMustExist: true });
  connection.pragma(`busy_timeout = ${busyMsMax}`);
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  const db = drizzle({ client: connection });
  const store = createIdentityStore({ connection, db });
  return {
    store,
    audit: createAuditLog({ db, clock: systemClock }),
    writer: createWriter(connection),
    clock: systemClock,
    /** The account with this id, or the operator's. @throws WrongAccount */
    account(id: string | undefined): Account {
      const account = store.account(id ?? operatorId(connection) ?? '');
      if (account) return account;
      throw new WrongAccount(
        id === undefined
          ? 'There is no account yet. Start the appliance once: it makes the first keys by itself.'
          : `There is no account ${id}.`,
      );
    },
    close: () => connection.close(),
  };
}

/** Each write is a transaction of its own, on disk when it is answered. */
function createWriter(connection: Database.Database): Pick<Writer, 'write'> {
  return {
    write: (work) => new Promise((resolve) => resolve(connection.transaction(work).immediate())),
  };
}

/** The account of the first start. */
function operatorId(connection: Database.Database): string | undefined {
  const oldest = "SELECT id FROM accounts WHERE role = 'admin' ORDER BY created_at LIMIT 1";
  return connection.prepare<[], string>(oldest).pluck().get();
}
