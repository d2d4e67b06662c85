import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { weightsState } from '../../src/models/installed-weights.ts';
import type { Manifest } from '../../src/runners/manifest.ts';
import { freeBytes } from '../../src/storage/disk-space.ts';
import { byteSize } from './byte-size.ts';
import { makeEnvironment } from './environment.ts';
import { type FetchPace, fetchPace } from './fetch-file.ts';
import { fetchWeights, missingBytes } from './fetch-weights.ts';
import { acceptLicences } from './licences.ts';
import { linkShared } from './link-shared.ts';
import type { ListWeights } from './list-weights.ts';
import { progressLine } from './progress-line.ts';
import { type Listing, totalBytes } from './remote-file.ts';
import { findModel, holdStore, type Store } from './store.ts';
import { StoreError } from './store-error.ts';
import { describeFit } from './usable.ts';

interface InstallOptions {
  names: readonly string[];
  list: ListWeights;
  acceptsLicence: boolean;
  pace?: FetchPace;
}

/**
 * Installs models one after another: licence, list of files, room on the disk, environment, weights. Nothing is fetched
 * before all that can be known beforehand is known to be well.
 * @throws StoreError, DiskFull
 */
export async function install(store: Store, options: InstallOptions): Promise<void> {
  const models = options.names.map((name) => findModel(store, name));
  using _held = holdStore(store);
  for (const model of models) await acceptLicences(store, model, options.acceptsLicence);
  for (const model of models) await installOne(store, model, options);
}

async function installOne(store: Store, model: Manifest, options: InstallOptions): Promise<void> {
  const { print, folder } = store;
  const modelFolder = join(folder, model.name);
  const isHere = weightsState(model, modelFolder).name === 'complete';
  const listings = isHere ? [] : await options.list(model);
  const files = listings.flatMap((listing) => listing.files);
  const bytesLinked = await linkShared(folder, { model: model.name, files });
  if (bytesLinked > 0) print(`${model.name}: shares ${byteSize(bytesLinked)} with other models`);
  await assertRoom(store, model, { modelFolder, files });
  await makeItsEnvironment(store, model);
  if (isHere) {
    print(`${model.name}: its weights are installed`);
  } else {
    const progress = progressLine({
      ...{ title: model.name, totalBytes: totalBytes(files), output: store.terminal },
    });
    try {
      const { pace = fetchPace } = options;
      const onBytes = (bytes: number) => progress.add(bytes);
      await fetchWeights({ model, modelFolder, listings, onBytes, pace });
    } finally {
      progress.close();
    }
    print(`${model.name}: installed, ${byteSize(totalBytes(files))} in ${modelFolder}`);
  }
  print(`${model.name}: ${describeFit(model, await store.findGpus())}`);
}

async function makeItsEnvironment(store: Store, { environment: name, command }: Manifest): Promise<void> {
  if (name === undefined) return;
  const say = (line: string) => store.terminal.write(`${line}\n`);
  if (await makeEnvironment({ ...store, name, command, say })) store.print(`made the environment ${name}`);
}

async function assertRoom(
  { reservedBytes, print }: Store,
  { name }: Manifest,
  { modelFolder, files }: { modelFolder: string; files: Listing['files'] },
): Promise<void> {
  if (files.length === 0) return;
  await mkdir(modelFolder, { recursive: true });
  const missing = await missingBytes(modelFolder, files);
  const free = freeBytes(modelFolder);
  const size = byteSize(totalBytes(files));
  print(`${name}: ${files.length} files, ${size}, of which ${byteSize(missing)} are to be fetched`);
  if (missing + reservedBytes <= free) return;
  throw new StoreError(
    `${name} needs ${byteSize(missing)} more on the disk of ${dirname(modelFolder)}, and ${byteSize(reservedBytes)} are kept free ` +
      `(storage.lowWaterBytes); it has ${byteSize(free)}. Free some, or make ${dirname(modelFolder)} a link to a larger disk.`,
  );
}
