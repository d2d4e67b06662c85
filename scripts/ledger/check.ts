import Database from 'better-sqlite3';
import { checkLedger, LedgerBroken } from '../../src/ledger/invariants.ts';
import { findDatabase, NoDatabase } from '../database-path.ts';

/** Reads the database and never writes it; every question is asked of one and the same moment. */
function describeLedger(path: string): string {
  const database = new Database(path, { readonly: true });
  try {
    return database.transaction(() => {
      checkLedger(database);
      const count = (table: string) =>
        database.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get();
      return `${count('ledger_accounts')} accounts, ${count('transfers')} transfers, sum 0`;
    })();
  } finally {
    database.close();
  }
}

try {
  console.log(`The ledger is right: ${describeLedger(findDatabase())}.`);
} catch (error) {
  if (!(error instanceof LedgerBroken || error instanceof NoDatabase)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
