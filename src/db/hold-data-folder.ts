import { join } from 'node:path';
import Database from 'better-sqlite3';

/** Another appliance runs on this data folder, or it can't be written. */
export class DataFolderTaken extends Error {
  constructor(folder: string, cause: unknown) {
    super(`Another appliance is running on ${folder}. Stop it first, or set KT_DATA_DIR to another folder.`, {
      cause,
    });
    this.name = 'DataFolderTaken';
  }
}

/**
 * Holds the data folder for this process: an exclusive SQLite lock on a file of its own, which the system
 * gives back however the process ends.
 * @returns a function that lets it go
 * @throws DataFolderTaken
 */
export function holdDataFolder(folder: string): () => void {
  const lock = new Database(join(folder, 'appliance.lock'));
  try {
    lock.pragma('busy_timeout = 0');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw new DataFolderTaken(folder, error);
  }
  return () => lock.close();
}
