import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { installedFileName, readInstalledWeights } from '../../src/models/installed-weights.ts';
import { hashFile } from './fetch-file.ts';
import { findModel, holdStore, type Store } from './store.ts';
import { fileBytes } from './file-bytes.ts';

/**
 * Reads every file of the named models, or of all that are installed, and compares it with its record. A model with a
 * damaged file is no longer installed: it isn't used, and an install fetches that file again.
 * @returns whether all are well
 * @throws StoreError
 */
export async function verifyModels(store: Store, names: readonly string[]): Promise<boolean> {
  for (const name of names) findModel(store, name);
  using _held = holdStore(store);
  const wanted = names.length > 0 ? names : [...store.models.keys()];
  let isWell = true;
  for (const name of wanted) {
    const isAsked = names.length > 0;
    isWell = (await verifyModel(store, name, isAsked)) && isWell;
  }
  return isWell;
}

async function verifyModel({ folder, print }: Store, name: string, isAsked: boolean): Promise<boolean> {
  const modelFolder = join(folder, name);
  const installed = readInstalledWeights(modelFolder);
  if (!installed) {
    if (isAsked) print(`${name}: not installed`);
    return !isAsked;
  }
  const damaged: string[] = [];
  for (const { path, bytes, sha256 } of installed.files) {
    if (await isIntact(join(modelFolder, path), { bytes, sha256 })) continue;
    damaged.push(path);
    print(`${name}: ${path} is damaged`);
  }
  if (damaged.length === 0) {
    print(`${name}: ${installed.files.length} files are as they were installed`);
    return true;
  }
  await rm(join(modelFolder, installedFileName));
  print(`${name}: not used any more. To mend it: ./scripts/models install ${name}`);
  return false;
}

async function isIntact(path: string, expected: { bytes: number; sha256: string }): Promise<boolean> {
  if ((await fileBytes(path)) !== expected.bytes) return false;
  const hash = new Bun.CryptoHasher('sha256');
  await hashFile(path, { update: (chunk) => void hash.update(chunk) });
  return hash.digest('hex') === expected.sha256;
}
