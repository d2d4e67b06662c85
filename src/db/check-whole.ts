import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from './open.ts';

const projectRoot = join(import.meta.dir, '../..');

/** A database of at most this size is read from end to end before anybody is answered: at most some 50 ms. */
const bytesAtStartMax = 8 * 1024 * 1024;

/**
 * Looks for damage as far as a moment allows: everywhere in a small database; in a large one, at the schema and where
 * each table begins (that a file is cut short, SQLite finds by itself). Better here than in the middle of a job.
 * @returns whether that was all
 * @throws Error with what is damaged
 */
export function checkWholeAtStart(connection: Connection): boolean {
  const bytes = statSync(connection.name, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes <= bytesAtStartMax) {
    assertWhole(connection);
    return true;
  }
  const tables = connection
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .pluck();
  for (const table of tables.all()) connection.prepare(`SELECT * FROM "${table}" LIMIT 1`).get();
  return false;
}

/** Reads all of it. Takes about a second for every 200 MB. @throws Error with what is damaged */
export function assertWhole(connection: Connection): void {
  const found = connection.pragma('quick_check(1)', { simple: true });
  if (found === 'ok') return;
  const damage = String(found).replace('*** in database main ***\n', '');
  throw new Error(damage);
}

/**
 * Does so in a process and on a connection of its own, while the appliance works: `check-books.ts` says why.
 * @returns what is damaged; null where nothing is
 * @throws Error where it could not be read
 */
export async function findDamage(databasePath: string): Promise<string | null> {
  // `--no-orphans`: it ends when the appliance does, however that ends.
  const command = [process.execPath, '--no-orphans', 'run', 'src/db/check-whole-program.ts', databasePath];
  const child = Bun.spawn(command, { cwd: projectRoot, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const [damage, errors] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (child.exitCode !== 0) throw new Error(errors.trim() || `it ended with ${child.exitCode}`);
  return damage || null;
}
