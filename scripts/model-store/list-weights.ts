import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WeightsSource } from '../../src/models/gpu-model.ts';
import { installedFileName } from '../../src/models/installed-weights.ts';
import type { Manifest } from '../../src/runners/manifest.ts';
import { listAddress } from './address.ts';
import { listRepository } from './hub.ts';
import { listMirror } from './mirror.ts';
import { listFolder } from './plain-folder.ts';
import type { Listing } from './remote-file.ts';
import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';

/** Tells the files of a model, where they are. @throws StoreError */
export type ListWeights = (model: Manifest) => Promise<Listing[]>;

/** For `install`: the hub and the addresses of the manifests, or `from` a copy of another appliance's models. */
export function listToInstall(store: Store, from: string | null): ListWeights {
  if (from !== null) return (model) => listMirror(from, model);
  return (model) => listEach(model, (wanted) => listAway(store, model, wanted));
}

/**
 * For `import`: a folder that another appliance filled, or one that was filled by hand, and for repositories that this one
 * has nothing of what `install` would take.
 */
export function listToImport(store: Store, folder: string): ListWeights {
  if (!existsSync(folder)) throw new StoreError(`There is no folder ${folder}.`);
  if (existsSync(join(folder, installedFileName))) return (model) => listMirror(folder, model);
  return (model) =>
    listEach(model, async (wanted) => listFolder(folder, model, wanted) ?? listAway(store, model, wanted));
}

async function listEach(
  { weights = [] }: Manifest,
  list: (wanted: WeightsSource) => Promise<Listing>,
): Promise<Listing[]> {
  const listings: Listing[] = [];
  for (const wanted of weights) listings.push(await list(wanted));
  return listings;
}

async function listAway({ hub, folder }: Store, model: Manifest, wanted: WeightsSource): Promise<Listing> {
  const { source, address } = wanted;
  if (source.includes('/')) return listRepository(hub, wanted);
  if (address !== undefined) return listAddress(address, wanted);
  // Brought by hand, it can be brought only once.
  const here = listFolder(join(folder, model.name), model, wanted);
  if (here) return here;
  const place = wanted.folder === undefined ? 'FOLDER' : `FOLDER/${wanted.folder}`;
  throw new StoreError(
    `${source} can't be fetched: put ${wanted.files.join(', ')} into ${place} and type ./scripts/models import ${model.name} FOLDER. ` +
      `models/${model.name}.toml tells where it is from.`,
  );
}
