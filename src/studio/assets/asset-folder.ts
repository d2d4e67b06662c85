import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asDiskFull } from '../../storage/disk-space.ts';
import { isJobId, stagingRoot, syncParent, syncToDisk } from '../../storage/folders.ts';
import { createGate } from '../../storage/gate.ts';
import type { Log } from '../../log.ts';
import type { AssetStore, FileName } from './store.ts';

/**
 * The files of assets, `<filesRoot>/assets/<accountId>/<sha256>`, and their previews beside them. A row is written when
 * its file is on disk for good, and a file deleted when its row is: whatever moment a process dies at, no row is
 * without its file, and {@link AssetFolder.sweep} finds the files that are without their row.
 */
export interface AssetFolder {
  pathOf(file: FileName): string;
  /** A new name for a file that is not judged yet. What stays there is deleted at the next start. */
  scratch(): Promise<string>;
  /**
   * Has `bring` give a file its place, makes that last, and then has `record` write it down.
   * @param bring leaves a file that is there already as it is: it has the same bytes
   * @throws what `record` throws, and the file is gone then unless others are it too; DiskFull
   */
  add<T>(
    file: FileName,
    work: { bring: (path: string) => Promise<void>; record: () => Promise<T> },
  ): Promise<T>;
  /** Gives a finished preview its place, where its file is still there. @returns whether it was */
  addPreview(file: FileName, preview: { path: string; extension: PreviewExtension }): Promise<boolean>;
  /** Deletes a file and its previews, unless somebody has brought it again. Safe to repeat. */
  remove(file: FileName): Promise<void>;
  /** Deletes what no row speaks of. Called once, before the first request. */
  sweep(): Promise<void>;
}

const previewExtensions = ['webp', 'json'] as const;
export type PreviewExtension = (typeof previewExtensions)[number];

const shaPattern = /^[0-9a-f]{64}$/;
const filePattern = /^([0-9a-f]{64})(\.webp|\.json)?$/;

/** Where a file is. @throws Error when its name could lead elsewhere */
export function filePath(filesRoot: string, { accountId, sha256 }: FileName): string {
  if (!isJobId(accountId) || !shaPattern.test(sha256)) throw new Error(`No file: ${accountId}/${sha256}`);
  return join(assetsRoot(filesRoot), accountId, sha256);
}

export function previewPath(filesRoot: string, file: FileName, extension: PreviewExtension): string {
  return `${filePath(filesRoot, file)}.${extension}`;
}

function assetsRoot(filesRoot: string): string {
  return join(filesRoot, 'assets');
}

export function createAssetFolder(options: {
  filesRoot: string;
  store: Pick<AssetStore, 'file' | 'filesOf'>;
  log: Log;
}): AssetFolder {
  const { filesRoot, store, log } = options;
  const pathOf = (file: FileName) => filePath(filesRoot, file);
  // One at a time: nobody deletes a file that another is about to write down.
  const gate = createGate(1);
  const removeIfNobodys = async (file: FileName) => {
    if (store.file(file)) return;
    const previews = previewExtensions.map((extension) => previewPath(filesRoot, file, extension));
    for (const path of [pathOf(file), ...previews]) await rm(path, { force: true });
  };
  return {
    pathOf,
    async scratch() {
      const folder = stagingRoot(filesRoot);
      await mkdir(folder, { recursive: true });
      return join(folder, randomUUID());
    },
    add: (file, { bring, record }) =>
      gate.pass(async () => {
        const path = pathOf(file);
        try {
          await makeFolder(dirname(path), filesRoot);
          await bring(path);
          await syncParent(path);
          return await record();
        } catch (error) {
          await removeIfNobodys(file);
          throw asDiskFull(error);
        }
      }),
    addPreview: (file, { path, extension }) =>
      gate.pass(async () => {
        if (!store.file(file)) return false;
        await syncToDisk(path);
        await rename(path, previewPath(filesRoot, file, extension));
        await syncParent(pathOf(file));
        return true;
      }),
    remove: (file) => gate.pass(() => removeIfNobodys(file)),
    async sweep() {
      const root = assetsRoot(filesRoot);
      await mkdir(root, { recursive: true });
      // An earlier process may have died between making a folder and making its name last.
      await syncToDisk(root);
      await syncToDisk(filesRoot);
      const count = await removeUnknown(root, store);
      if (count > 0) log.info('files of no asset deleted', { count });
    },
  };
}

/** With the names that lead there, so that what lies in it survives a power cut. */
async function makeFolder(folder: string, filesRoot: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  if (made === undefined) return;
  await syncParent(folder);
  await syncToDisk(filesRoot);
}

/** @returns how many files were of no row */
async function removeUnknown(root: string, store: Pick<AssetStore, 'filesOf'>): Promise<number> {
  let count = 0;
  for (const accountId of await namesIn(root)) {
    const known = store.filesOf(accountId);
    for (const name of await namesIn(join(root, accountId))) {
      if (known.has(filePattern.exec(name)?.[1] ?? '')) continue;
      await rm(join(root, accountId, name), { recursive: true, force: true });
      count++;
    }
  }
  return count;
}

/** A folder that was never made is empty. */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
}
