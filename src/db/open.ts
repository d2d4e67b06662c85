import Database from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from './migrate.ts';

export type Connection = Database.Database;

/** The one database connection, raw and through drizzle. Reads go anywhere; writes go through `Writer`. */
export interface OpenDatabase {
  connection: Connection;
  db: BetterSQLite3Database;
}

/**
 * Opens (and creates) the database for durable use: WAL, and an fsync in every commit, so that what was
 * committed survives a power cut. Brings its schema up to date.
 * @throws DatabaseTooNew when a newer version of the appliance wrote it
 */
export function openDatabase(path: string): OpenDatabase {
  const connection = new Database(path);
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  connection.pragma('busy_timeout = 5000');
  connection.pragma('cache_size = -32000');
  migrate(connection);
  return { connection, db: drizzle({ client: connection }) };
}

/** Folds the write-ahead log into the file and closes it. */
export function closeDatabase({ connection }: OpenDatabase): void {
  connection.pragma('wal_checkpoint(TRUNCATE)');
  connection.close();
}
