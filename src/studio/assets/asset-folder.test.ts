import { beforeEach, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../db/open.ts';
import { silentLog } from '../../log.ts';
import { type AssetFolder, createAssetFolder, previewPath } from './asset-folder.ts';
import { type AssetStore, createAssetStore } from './store.ts';

const sha256 = createHash('sha256').update('bytes').digest('hex');
const file = { accountId: 'acct_1', sha256 };
let filesRoot: string;
let store: AssetStore;
let folder: AssetFolder;
beforeEach(() => {
  filesRoot = mkdtempSync(join(tmpdir(), 'kt-assets-'));
  const database = openDatabase(':memory:');
  database.connection.pragma('foreign_keys = OFF');
  store = createAssetStore(database);
  folder = createAssetFolder({ filesRoot, store, log: silentLog });
});

const row = { ...file, bytes: 5, preview: 'wanted', previewAttempts: 0, createdAt: 0 } as const;
const isThere = () => existsSync(folder.pathOf(file));
async function add(record: () => void = () => void store.insertFile(row)): Promise<void> {
  const scratch = await folder.scratch();
  writeFileSync(scratch, 'bytes');
  await folder.add(file, {
    bring: (place) => rename(scratch, place),
    record: () => Promise.resolve(record()),
  });
}
const refuse = () => {
  throw new Error('No room.');
};

test('a file whose row could not be written is gone, unless it is another asset’s too', async () => {
  await expect(add(refuse)).rejects.toThrow('No room.');
  expect(isThere()).toBe(false);
  await add();
  await expect(add(refuse)).rejects.toThrow('No room.');
  expect(isThere()).toBe(true);
});

test('a file that somebody brings again before it is deleted stays', async () => {
  await add();
  store.deleteFile(file);
  await add();
  await folder.remove(file);
  expect(isThere()).toBe(true);
  store.deleteFile(file);
  await folder.remove(file);
  expect(isThere()).toBe(false);
});

test('a preview comes with its file and goes with it, and not after it', async () => {
  const preview = async () => {
    const path = await folder.scratch();
    writeFileSync(path, 'preview');
    return folder.addPreview(file, { path, extension: 'webp' });
  };
  await add();
  expect(await preview()).toBe(true);
  store.deleteFile(file);
  await folder.remove(file);
  expect([await preview(), existsSync(previewPath(filesRoot, file, 'webp'))]).toEqual([false, false]);
});

test('names that lead elsewhere are none', () => {
  for (const bad of ['../secrets', '', 'a/b', '.']) {
    expect(() => folder.pathOf({ ...file, accountId: bad })).toThrow('No file');
    expect(() => folder.pathOf({ ...file, sha256: bad })).toThrow('No file');
  }
});
