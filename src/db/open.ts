import { closeSync, fdatasync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { checkWholeAtStart } from './check-whole.ts';
import { DatabaseTooNew, migrate } from './migrate.ts';

export type Connection = Database.Database;

/** The one database connection, raw and through drizzle. Reads go anywhere; writes go through `Writer`. */
export interface OpenDatabase {
  connection: Connection;
  db: BetterSQLite3Database;
  /** Resolves when all that was committed before the call survives a power cut. */
  syncLog: () => Promise<void>;
  closeLog: () => void;
  /** All of it was checked for damage. A large one isn't yet, see `findDamage`. */
  isChecked: boolean;
}

/** The database can't be used: it is damaged, or the disk doesn't let it be opened. */
export class DatabaseUnusable extends Error {
  constructor(path: string, cause: unknown) {
    super(sentence(path, cause), { cause });
    this.name = 'DatabaseUnusable';
  }
}

/**
 * Opens (and creates) the database in WAL mode, checks it, and brings its schema up to date.
 *
 * `synchronous = NORMAL` and not `FULL`: SQLite then syncs the log before a checkpoint only, and a commit is durable
 * once `syncLog` has resolved. It is the same fsync that FULL puts into every COMMIT (`sqlite3WalFrames`), but it
 * holds up no other request and covers every commit before it. `Writer` calls it before it answers anyone.
 * @throws DatabaseTooNew when a newer version of the appliance wrote it; DatabaseUnusable
 */
export function openDatabase(path: string): OpenDatabase {
  let connection: Connection | undefined;
  try {
    connection = new Database(path);
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = NORMAL');
    connection.pragma('foreign_keys = ON');
    // Nobody else writes here, so a lock is a copying tool's for a moment; and a wait holds up every request.
    connection.pragma('busy_timeout = 100');
    // What undoes one piece of a transaction's work, and never what a crash needs. In a file, a job wrote 40 KB of it.
    connection.pragma('temp_store = MEMORY');
    connection.pragma('cache_size = -32000');
    // In pages: a checkpoint holds up every request for some milliseconds, and must not come many times a second.
    connection.pragma('wal_autocheckpoint = 8000');
    const isChecked = checkWholeAtStart(connection);
    migrate(connection);
    const log = openLog(path);
    const db = drizzle({ client: connection });
    return { connection, db, isChecked, syncLog: log.sync, closeLog: log.close };
  } catch (error) {
    connection?.close();
    throw error instanceof DatabaseTooNew ? error : new DatabaseUnusable(path, error);
  }
}

/** Closes it, and folds the write-ahead log into the file where the disk lets it; else the next start reads both. */
export function closeDatabase({ connection, closeLog }: OpenDatabase): void {
  closeLog();
  connection.close();
}

/** The log is one file from the first connection's start to the last one's end: SQLite overwrites it in place. */
function openLog(path: string): { sync: () => Promise<void>; close: () => void } {
  if (path === ':memory:') return { sync: () => Promise.resolve(), close: () => {} };
  const file = openSync(`${path}-wal`, 'r');
  const sync = () =>
    new Promise<void>((resolve, reject) => {
      fdatasync(file, (error) => (error ? reject(error) : resolve()));
    });
  return { sync, close: () => closeSync(file) };
}

function sentence(path: string, cause: unknown): string {
  const code = cause instanceof Database.SqliteError ? cause.code : '';
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (code === 'SQLITE_FULL')
    return `The disk is full: the database ${path} can't be opened. Free some space.`;
  if (/^SQLITE_(CANTOPEN|READONLY|PERM|AUTH|IOERR)/.test(code)) {
    return `The database ${path} can't be opened for writing (${reason}). Check the disk and who may write there.`;
  }
  return `The database ${path} is damaged (${reason}). Nothing was changed: put back a copy of the data folder, or set KT_DATA_DIR to a new one.`;
}
