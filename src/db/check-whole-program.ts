import { setPriority } from 'node:os';
import Database from 'better-sqlite3';
import { assertWhole } from './check-whole.ts';

/** Like a runner: it computes, while the appliance answers. */
const niceness = 10;

/** A program of its own, see `check-whole.ts`. @returns what is damaged in the database; empty where nothing is */
function damageIn(path: string): string {
  const database = new Database(path, { readonly: true });
  try {
    assertWhole(database);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    database.close();
  }
}

if (import.meta.main) {
  setPriority(niceness);
  const [path = ''] = process.argv.slice(2);
  process.stdout.write(damageIn(path));
}
