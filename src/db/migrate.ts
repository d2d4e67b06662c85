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
 * `user_version`, which is the number. One that has been released is never edited; a change is a new file.
 * @throws DatabaseTooNew
 */
export function migrate(connection: Connection): void {
  const migrations = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .map((name) => ({ name, version: Number.parseInt(name, 10) }))
    .toSorted((a, b) => a.version - b.version);
  const found = Number(connection.pragma('user_version', { simple: true }));
  const known = migrations.at(-1)?.version ?? 0;
  if (found > known) throw new DatabaseTooNew(found, known);
  for (const { name, version } of migrations) {
    if (version <= found) continue;
    connection.transaction(() => {
      connection.exec(readFileSync(join(folder, name), 'utf8'));
      connection.pragma(`user_version = ${version}`);
    })();
  }
}
