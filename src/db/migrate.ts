import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from './open.ts';

/** The database was written by a newer version: going on could lose what that version knows. */
export class DatabaseTooNew extends Error {
  constructor(found: number, known: number) {
    super(
      `The database has schema version ${found}; this version of the appliance knows ${known}. Update the appliance.`,
    );
    this.name = 'DatabaseTooNew';
  }
}

const folder = join(import.meta.dir, 'migrations');

/**
 * Applies `migrations/NNNN_name.sql` in order, each in a transaction of its own together with the new
 * `user_version`. A migration that has been released is never edited; a change is a new file.
 * @throws DatabaseTooNew
 */
export function migrate(connection: Connection): void {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const found = Number(connection.pragma('user_version', { simple: true }));
  if (found > files.length) throw new DatabaseTooNew(found, files.length);
  for (const [index, name] of files.entries()) {
    const version = index + 1;
    if (version <= found) continue;
    connection.transaction(() => {
      connection.exec(readFileSync(join(folder, name), 'utf8'));
      connection.pragma(`user_version = ${version}`);
    })();
  }
}
