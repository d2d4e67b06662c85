import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { installedFileName } from '../../src/models/installed-weights.ts';
import { byteSize } from './byte-size.ts';
import { removeEnvironment } from './environment.ts';
import { folderBytes } from './list.ts';
import { findModel, holdStore, type Store } from './store.ts';

/**
 * Deletes the weights of models, whole or half, and each environment that no other model here needs any more.
 * @throws StoreError
 */
export async function removeModels(store: Store, names: readonly string[]): Promise<void> {
  const models = names.map((name) => findModel(store, name));
  using _held = holdStore(store);
  for (const { name, environment } of models) {
    const modelFolder = join(store.folder, name);
    const bytes = await folderBytes(modelFolder);
    // First, so that a power cut in the middle leaves nothing that looks whole.
    await rm(join(modelFolder, installedFileName), { force: true });
    await rm(modelFolder, { recursive: true, force: true });
    store.print(`${name}: removed, ${byteSize(bytes)}`);
    const isShared = [...store.models.values()].some(
      (other) => other.environment === environment && existsSync(join(store.folder, other.name)),
    );
    if (environment === undefined || isShared) continue;
    if (await removeEnvironment(store.environmentsFolder, environment)) {
      store.print(`removed the environment ${environment}`);
    }
  }
}
