import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createUploads, type Uploads } from './uploads.ts';

let filesRoot: string;
let uploads: Uploads;
beforeAll(async () => {
  filesRoot = await mkdtemp(join(tmpdir(), 'kt-uploads-'));
  uploads = createUploads({ filesRoot, secret: new Uint8Array(32).fill(7) });
});
afterAll(() => rm(filesRoot, { recursive: true }));

async function* chunksOf(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}
const names = () => readdir(join(filesRoot, 'staging'));

test('a file is found by its URL until its request is over', async () => {
  const folder = await uploads.open();
  const url = await folder.receive(chunksOf('a', 'bc'));
  expect(await Bun.file(uploads.find(url) ?? '').text()).toBe('abc');
  await folder.discard();
  await folder.discard();
  expect(uploads.find(url)).toBeNull();
  expect(await names()).toEqual([]);
});

test('the same bytes of two requests are one file, which stays as long as either', async () => {
  const [first, second] = [await uploads.open(), await uploads.open()];
  const urls = await Promise.all([first, second, second].map((folder) => folder.receive(chunksOf('same'))));
  expect(new Set(urls).size).toBe(1);
  expect(await names()).toHaveLength(1);
  await first.discard();
  expect(await Bun.file(uploads.find(urls[0] ?? '') ?? '').text()).toBe('same');
  await second.discard();
  expect(await names()).toEqual([]);
});

test('the URL says nothing of the bytes to who has not the secret, and is the same after a restart', async () => {
  const again = createUploads({ filesRoot, secret: new Uint8Array(32).fill(7) });
  const other = createUploads({ filesRoot, secret: new Uint8Array(32).fill(8) });
  const folders = [await uploads.open(), await again.open(), await other.open()];
  const urls = await Promise.all(folders.map((folder) => folder.receive(chunksOf('x'))));
  expect(urls[1]).toBe(urls[0] ?? '');
  expect(urls[2]).not.toBe(urls[0]);
  expect(other.find(urls[0] ?? '')).toBeNull();
  for (const folder of folders) await folder.discard();
});

test('a file that breaks off leaves nothing', async () => {
  const folder = await uploads.open();
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10);
    throw new Error('the client hung up');
  }
  await expect(folder.receive(broken())).rejects.toThrow('the client hung up');
  expect(await names()).toEqual([]);
});
