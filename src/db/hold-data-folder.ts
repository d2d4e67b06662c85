import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';

/** Another appliance runs on this data folder. */
export class DataFolderTaken extends Error {
  constructor(folder: string, cause: unknown) {
    super(`Another appliance is running on ${folder}. Stop it first, or set KT_DATA_DIR to another folder.`, {
      cause,
    });
    this.name = 'DataFolderTaken';
  }
}

/** The data folder can't be made or written. */
export class DataFolderUnusable extends Error {
  constructor(folder: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `The data folder ${folder} can't be written (${reason}). Give this user write access to it, or set KT_DATA_DIR to another folder.`,
      { cause },
    );
    this.name = 'DataFolderUnusable';
  }
}

/**
 * Makes the data folder where it is missing and holds it for this process: an exclusive SQLite lock on a file
 * of its own, which the system gives back however the process ends.
 * @returns a function that lets it go
 * @throws DataFolderTaken, DataFolderUnusable
 */
export function holdDataFolder(folder: string): () => void {
  const lock = openLock(folder);
  try {
    lock.pragma('busy_timeout = 0');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    const isTaken = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
    throw isTaken ? new DataFolderTaken(folder, error) : new DataFolderUnusable(folder, error);
  }
  return () => lock.close();
}

function openLock(folder: string): Database.Database {
  try {
    makeFolder(folder);
    return new Database(join(folder, 'appliance.lock'));
  } catch (error) {
    throw new DataFolderUnusable(folder, error);
  }
}

/** What is kept in the folder survives a power cut only where the names that lead to it are on disk as well. */
function makeFolder(folder: string): void {
  const firstMade = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (firstMade === undefined) return;
  for (let made = folder; made.length >= firstMade.length; made = dirname(made)) {
    const parent = openSync(dirname(made), 'r');
    fsyncSync(parent);
    closeSync(parent);
  }
}
