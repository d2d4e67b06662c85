import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { GpuModel } from '../../src/models/gpu-model.ts';
import {
  installedFileName,
  type InstalledWeights,
  writeInstalledWeights,
} from '../../src/models/installed-weights.ts';
import { fetchFile, type FetchPace } from './fetch-file.ts';
import { partialSuffix } from './file-patterns.ts';
import { type Listing, type RemoteFile } from './remote-file.ts';
import { fileBytes } from './file-bytes.ts';

/** Transfers at once: a large model is a few large files, and one connection seldom fills the line. */
const filesAtOnce = 4;

/** How many of these bytes are not in a model's folder yet. */
export async function missingBytes(modelFolder: string, files: readonly RemoteFile[]): Promise<number> {
  const missing = files.map(async ({ path, bytes }) => {
    const whole = (await fileBytes(join(modelFolder, path))) ?? 0;
    const partial = (await fileBytes(join(modelFolder, `${path}${partialSuffix}`))) ?? 0;
    return whole === bytes ? 0 : Math.max(0, bytes - partial);
  });
  return (await Promise.all(missing)).reduce((sum, bytes) => sum + bytes, 0);
}

/**
 * Brings every file of `listings` into a model's folder and deletes what else is there. Its record is deleted first and
 * written last: until then the model is not installed, and a call after a power cut goes on where this one ended.
 */
export async function fetchWeights(options: {
  model: GpuModel;
  modelFolder: string;
  listings: readonly Listing[];
  onBytes: (bytes: number) => void;
  pace: FetchPace;
}): Promise<InstalledWeights> {
  const { model, modelFolder, listings } = options;
  await rm(join(modelFolder, installedFileName), { force: true });
  const waiting = listings.flatMap(({ files }) => files).toSorted((one, other) => other.bytes - one.bytes);
  await deleteStrays(modelFolder, waiting);
  const files: InstalledWeights['files'] = [];
  await eachAtOnce(waiting, async (file, signal) => {
    const { sha256 } = await fetchFile({ ...options, file, signal });
    files.push({ path: file.path, bytes: file.bytes, sha256 });
  });
  await syncFolders(modelFolder);
  const sources = listings.map(({ wanted, commit }) => {
    const { source, revision, licence, folder = '' } = wanted;
    return { source, revision, commit, licence, folder };
  });
  const installed = { model: model.name, sources, files: files.toSorted(byPath) };
  await writeInstalledWeights(modelFolder, installed);
  return installed;
}

/** Works on a few at a time. The first failure breaks the others off, and is thrown when they have ended. */
async function eachAtOnce<Item>(
  items: readonly Item[],
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const stop = new AbortController();
  const failures: unknown[] = [];
  const worker = async () => {
    for (const item of waiting) {
      if (stop.signal.aborted) return;
      await work(item, stop.signal).catch((error: unknown) => {
        failures.push(error);
        stop.abort();
      });
    }
  };
  await Promise.all(Array.from({ length: filesAtOnce }, worker));
  if (failures.length > 0) throw failures[0];
}

function byPath(one: { path: string }, other: { path: string }): number {
  return one.path < other.path ? -1 : 1;
}

/** Files of an earlier revision, and half files that nobody will go on with. */
async function deleteStrays(modelFolder: string, wanted: readonly RemoteFile[]): Promise<void> {
  const kept = new Set(wanted.flatMap(({ path }) => [path, `${path}${partialSuffix}`]));
  for (const path of await entriesOf(modelFolder)) {
    const found = await stat(join(modelFolder, path));
    if (found.isFile() && !kept.has(path)) await rm(join(modelFolder, path));
  }
}

/** The names that lead to the files must be on disk as well as what is in them. */
async function syncFolders(modelFolder: string): Promise<void> {
  const paths = ['', ...(await entriesOf(modelFolder)), '..'];
  for (const path of paths) {
    const found = await stat(join(modelFolder, path));
    if (!found.isDirectory()) continue;
    const folder = await open(join(modelFolder, path), 'r');
    await folder.sync();
    await folder.close();
  }
}

async function entriesOf(folder: string): Promise<string[]> {
  return readdir(folder, { recursive: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
}
