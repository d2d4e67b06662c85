import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { weightsState } from '../../src/models/installed-weights.ts';
import { environmentPath, type Manifest } from '../../src/runners/manifest.ts';
import { byteSize } from './byte-size.ts';
import { restrictedLicences } from './licences.ts';
import { totalBytes } from './remote-file.ts';
import { describeFit } from './usable.ts';
import type { Store } from './store.ts';
import { fileBytes, nullIfMissing } from './file-bytes.ts';

/** Prints every model that is installed by itself: what it is for, how large it is, under which licence, and whether it is usable here. */
export async function listModels(store: Store): Promise<void> {
  const gpus = await store.findGpus();
  if (store.models.size === 0) store.print('There are no models.');
  for (const model of store.models.values()) {
    const { name, tasks, weights = [] } = model;
    store.print(`${name}  ${byteSize(totalBytes(weights))}  ${tasks.join(', ')}`);
    store.print(`  ${await describeState(store, model)}; ${describeFit(model, gpus)}`);
    for (const { source, licence, bytes } of weights) {
      store.print(`  ${source}  ${byteSize(bytes)}  ${licence}`);
    }
    if (restrictedLicences(model).length > 0) store.print('  its licence is to be read and accepted first');
  }
}

async function describeState(store: Store, model: Manifest): Promise<string> {
  const { weights = [] } = model;
  const modelFolder = join(store.folder, model.name);
  const state = weightsState(model, modelFolder);
  switch (state.name) {
    case 'complete': {
      const made = environmentPath(store.environmentsFolder, model);
      return made === null || existsSync(made) ? 'installed' : 'its environment is not installed';
    }
    case 'outdated':
      return 'installed in another revision';
    case 'damaged':
      return `damaged: ${state.file} is missing or has the wrong length`;
    case 'missing': {
      const here = await folderBytes(modelFolder);
      return here === 0
        ? 'not installed'
        : `not installed yet: ${byteSize(here)} of ${byteSize(totalBytes(weights))}`;
    }
  }
}

export async function folderBytes(folder: string): Promise<number> {
  const paths = (await readdir(folder, { recursive: true }).catch(nullIfMissing)) ?? [];
  const sizes = paths.map(async (path) => (await fileBytes(join(folder, path))) ?? 0);
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
}
