import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { checkLedger, LedgerBroken } from '../../src/ledger/invariants.ts';

const projectRoot = join(import.meta.dir, '../..');

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

function main(): number {
  const path = join(resolve(projectRoot, process.env.KT_DATA_DIR ?? 'data'), 'appliance.sqlite');
  if (!existsSync(path)) {
    console.error(`There is no database at ${path}. Set KT_DATA_DIR to the appliance's data folder.`);
    return 1;
  }
  try {
    console.log(`The ledger is right: ${describeLedger(path)}.`);
    return 0;
  } catch (error) {
    if (!(error instanceof LedgerBroken)) throw error;
    console.error(error.message);
    return 1;
  }
}

process.exitCode = main();
