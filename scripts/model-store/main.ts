import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { ManifestError } from '../../src/runners/manifest.ts';
import { SettingsError } from '../../src/settings/settings-error.ts';
import { DiskFull } from '../../src/storage/disk-space.ts';
import { SourceBusy } from './http-source.ts';
import { install } from './install.ts';
import { listToImport, listToInstall } from './list-weights.ts';
import { listModels } from './list.ts';
import { BadUsage, readOptions, type StoreOptions, usage } from './options.ts';
import { removeModels } from './remove.ts';
import { findModel, openStore, type Store } from './store.ts';
import { StoreError } from './store-error.ts';
import { verifyModels } from './verify.ts';

async function act(store: Store, { action, names, from, acceptsLicence }: StoreOptions): Promise<number> {
  switch (action) {
    case 'help':
      store.print(usage.trimEnd());
      return 0;
    case 'list':
      await listModels(store);
      return 0;
    case 'install':
      await install(store, { names, list: listToInstall(store, from), acceptsLicence });
      return 0;
    case 'import':
      await install(store, { names, list: listToImport(store, from ?? ''), acceptsLicence });
      return 0;
    case 'verify':
      return (await verifyModels(store, names)) ? 0 : 1;
    case 'remove':
      await removeModels(store, names);
      return 0;
    case 'path':
      store.print(join(store.folder, findModel(store, names[0] ?? '').name));
      return 0;
  }
}

async function ask(question: string): Promise<string | null> {
  if (!process.stdin.isTTY) return null;
  using terminal = createInterface({ input: process.stdin, output: process.stderr });
  return await terminal.question(question);
}

function explain(error: unknown): string | null {
  if (error instanceof BadUsage) return `${error.message}\n\n${usage}`;
  if (error instanceof DiskFull) {
    return 'The disk is full. Free some space and start again: what is there is kept.';
  }
  const isKnown = [StoreError, SourceBusy, SettingsError, ManifestError].some(
    (known) => error instanceof known,
  );
  return isKnown && error instanceof Error ? error.message : null;
}

try {
  const options = readOptions(process.argv.slice(2));
  const store = await openStore({
    projectRoot: join(import.meta.dir, '../..'),
    environment: process.env,
    print: (line) => console.log(line),
    terminal: process.stderr,
    ask,
  });
  process.exitCode = await act(store, options);
} catch (error) {
  const message = explain(error);
  if (message === null) throw error;
  console.error(message);
  process.exitCode = error instanceof BadUsage ? 2 : 1;
}
