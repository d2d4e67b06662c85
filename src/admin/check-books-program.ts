import { setPriority } from 'node:os';
import Database from 'better-sqlite3';
import { checkLedger, LedgerBroken } from '../ledger/invariants.ts';

/** Like a runner: it computes, while the appliance answers. */
const niceness = 10;

/** A program of its own, see `check-books.ts`: reads the database it is given, all at one and the same moment. */
function findProblems(path: string): readonly string[] {
  const database = new Database(path, { readonly: true });
  try {
    database.transaction(() => checkLedger(database))();
    return [];
  } catch (error) {
    if (error instanceof LedgerBroken) return error.problems;
    throw error;
  } finally {
    database.close();
  }
}

if (import.meta.main) {
  setPriority(niceness);
  const [path = ''] = process.argv.slice(2);
  process.stdout.write(JSON.stringify(findProblems(path)));
}
