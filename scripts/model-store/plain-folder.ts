import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { GpuModel, WeightsSource } from '../../src/models/gpu-model.ts';
import { installedFileName } from '../../src/models/installed-weights.ts';
import { byteSize } from './byte-size.ts';
import { fitsPatterns, partialSuffix, safePath } from './file-patterns.ts';
import { belongsTo, openFile } from './mirror.ts';
import { type Listing, totalBytes } from './remote-file.ts';
import { StoreError } from './store-error.ts';

/** A folder with less than this share of what the manifest tells is no whole copy. */
const leastShare = 0.95;

/**
 * The files of one of a model's repositories from a folder that was filled by hand, laid out as the model's own: a clone
 * of the repository or the hub client's snapshot, whose links are followed. What revision it is nobody can tell.
 * @returns null where the folder has nothing of it
 * @throws StoreError where it has too little of it
 */
export function listFolder(folder: string, model: GpuModel, wanted: WeightsSource): Listing | null {
  const files = filesOf(folder)
    .filter((path) => belongsTo(path, wanted, model.weights ?? []))
    .filter((path) => fitsPatterns(pathInRepository(path, wanted), wanted.files))
    .map((path) => ({
      path: safePath(path),
      bytes: statSync(join(folder, path)).size,
      ...{ sha256: wanted.sha256?.[pathInRepository(path, wanted)] ?? null, gitBlob: null },
      open: (offset: number) => openFile(join(folder, path), offset),
    }));
  if (files.length === 0) return null;
  assertWhole(folder, wanted, totalBytes(files));
  return { wanted, commit: null, files };
}

function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths
    .filter((path) => !path.split('/').some((part) => part.startsWith('.')))
    .filter((path) => !path.endsWith(partialSuffix) && path !== installedFileName)
    .filter((path) => statSync(join(folder, path)).isFile())
    .toSorted();
}

function pathInRepository(path: string, { folder }: WeightsSource): string {
  return folder === undefined ? path : path.slice(folder.length + 1);
}

function assertWhole(place: string, { source, folder, bytes, files }: WeightsSource, found: number): void {
  if (found >= bytes * leastShare) return;
  const where = folder === undefined ? place : join(place, folder);
  throw new StoreError(
    `${where} has ${byteSize(found)} of ${source}, which has ${byteSize(bytes)}. Wanted are ${files.join(', ')}.`,
  );
}
