import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Writer } from '../db/writer.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { openAccount } from './accounts.ts';
import { makeKey } from './keys.ts';
import type { IdentityStore } from './store.ts';

/** The keys of a new appliance, shown once. */
export interface FirstRun {
  adminKey: string;
  apiKey: string;
  path: string;
}

/**
 * On a new data folder: the operator's account, an admin key, a first API key and the operator's grant.
 * The keys are on disk (`first-run.txt`, 0600) before they are good, so that a power cut can't lose them.
 * @returns null where there are accounts already
 */
export async function firstRun(options: {
  store: IdentityStore;
  ledger: Ledger;
  writer: Writer;
  clock: Clock;
  dataFolder: string;
  grantMicros: number;
}): Promise<FirstRun | null> {
  const { store, ledger, writer, clock, dataFolder, grantMicros } = options;
  if (store.hasAccounts()) return null;
  const now = clock();
  const path = join(dataFolder, 'first-run.txt');
  return writer.write(() => {
    const { id: accountId } = openAccount(
      { store, ledger },
      { name: 'Operator', role: 'admin', grantMicros, now },
    );
    const admin = makeKey({ accountId, role: 'admin', label: 'Admin', now });
    const first = makeKey({ accountId, role: 'user', label: 'First API key', now });
    store.insertKey(admin.row);
    store.insertKey(first.row);
    writeSecret(path, `KT_ADMIN_KEY=${admin.apiKey}\nKT_API_KEY=${first.apiKey}\n`);
    return { adminKey: admin.apiKey, apiKey: first.apiKey, path };
  });
}

/** The file appears whole, and both it and its name are on disk before this returns. */
function writeSecret(path: string, text: string): void {
  const temporary = `${path}.new`;
  // Made anew, so that a leftover of a wider mode can't pass its mode on.
  rmSync(temporary, { force: true });
  const file = openSync(temporary, 'wx', 0o600);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(temporary, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}
