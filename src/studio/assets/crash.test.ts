import { afterEach, describe, expect, test } from 'bun:test';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { startApplianceChild } from '../../testing/appliance-child.ts';
import { fakeModels, startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';
import { until } from '../../testing/until.ts';
import {
  download,
  faultsOf,
  filesOnDisk,
  leftInStaging,
  picture,
  upload,
  withPreview,
} from './test-assets.ts';

const modelsFolder = fakeModels();
const open: TestAppliance[] = [];
async function start(dataFolder?: string): Promise<TestAppliance> {
  const appliance = await startTestAppliance({ modelsFolder, ...(dataFolder ? { dataFolder } : {}) });
  open.push(appliance);
  return appliance;
}
afterEach(async () => {
  for (const appliance of open.splice(0)) await appliance.stop();
});

describe('what a death leaves is gone or finished after the next start:', () => {
  test('a file that arrived, was given its place, or lost its row', async () => {
    const first = await start();
    const { body } = await upload(first, await picture('#111'));
    await withPreview(first, body.assetId);
    await first.stop();
    const before = filesOnDisk(first.dataFolder);
    const account = before[0]?.split('/')[0] ?? '';
    const folder = join(first.dataFolder, 'files/assets', account);
    mkdirSync(join(first.dataFolder, 'files/staging'), { recursive: true });
    writeFileSync(join(first.dataFolder, 'files/staging/half-an-upload'), 'PNG');
    for (const name of ['a'.repeat(64), `${'b'.repeat(64)}.webp`, 'odd', '.hidden']) {
      writeFileSync(join(folder, name), 'bytes of nobody');
    }
    mkdirSync(join(first.dataFolder, 'files/assets/acct_of_nobody'));
    writeFileSync(join(first.dataFolder, 'files/assets/acct_of_nobody', 'c'.repeat(64)), 'x');
    const second = await start(first.dataFolder);
    expect(filesOnDisk(first.dataFolder)).toEqual(before);
    expect(leftInStaging(first.dataFolder)).toEqual([]);
    expect(faultsOf(first.dataFolder)).toEqual([]);
    const { url } = (await second.call('GET', `/api/v1/studio/assets?assetId=${body.assetId}`)).body;
    expect((await download(second, url)).status).toBe(200);
  });

  test('a preview that was being made is made', async () => {
    const first = await start();
    const { body } = await upload(first, await picture('#222'));
    await withPreview(first, body.assetId);
    await first.stop();
    changeFiles(first.dataFolder, "preview = 'wanted', preview_attempts = 1");
    const second = await start(first.dataFolder);
    expect((await withPreview(second, body.assetId)).thumbnailUrl).not.toBeNull();
  });

  test('a preview at which three processes died is given up', async () => {
    const first = await start();
    const { body } = await upload(first, await picture('#333'));
    await withPreview(first, body.assetId);
    await first.stop();
    changeFiles(first.dataFolder, "preview = 'wanted', preview_attempts = 3");
    const second = await start(first.dataFolder);
    for (let state = 'wanted'; state === 'wanted'; state = previewState(first.dataFolder))
      await Bun.sleep(10);
    expect(previewState(first.dataFolder)).toBe('none');
    const { thumbnailUrl } = (await second.call('GET', `/api/v1/studio/assets?assetId=${body.assetId}`)).body;
    expect(thumbnailUrl).toBeNull();
  });

  test('whatever moment a kill comes at, in the middle of uploads and deletions', async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'kt-killed-'));
    const images = await Promise.all(['#a00', '#b00', '#c00', '#d00'].map((color) => picture(color)));
    const acknowledged: { assetId: string; url: string }[] = [];
    for (let round = 0; round < 4; round++) {
      const child = await startApplianceChild({ dataFolder, modelsFolder, settings: {} });
      const stopped = Promise.withResolvers<void>();
      const clients = images.map((bytes, index) =>
        keepGoing(child, { bytes, index, acknowledged }).catch(() => {}),
      );
      setTimeout(stopped.resolve, 300 + round * 170);
      await stopped.promise;
      await child.kill();
      await Promise.all(clients);
    }
    const last = await start(dataFolder);
    expect(faultsOf(dataFolder)).toEqual([]);
    // Previews that were not made yet are made there.
    await until(() => leftInStaging(dataFolder).length === 0);
    expect(acknowledged.length).toBeGreaterThan(3);
    for (const { assetId } of acknowledged) {
      const { status, body } = await last.call('GET', `/api/v1/studio/assets?assetId=${assetId}`);
      expect([assetId, status]).toEqual([assetId, 200]);
      expect((await download(last, body.url)).status).toBe(200);
    }
    await last.stop();
    rmSync(dataFolder, { recursive: true });
  }, 120_000);
});

test('a data folder that was copied while it was at rest is whole', async () => {
  const first = await start();
  const { body } = await upload(first, await picture('#444'));
  await withPreview(first, body.assetId);
  await first.stop();
  const copy = mkdtempSync(join(tmpdir(), 'kt-copied-'));
  cpSync(first.dataFolder, copy, { recursive: true });
  const second = await start(copy);
  expect(faultsOf(copy)).toEqual([]);
  expect((await second.call('GET', `/api/v1/studio/assets?assetId=${body.assetId}`)).status).toBe(200);
  expect(existsSync(join(copy, 'files/assets'))).toBe(true);
  expect(readFileSync(join(copy, 'first-run.txt'), 'utf8')).toContain(first.apiKey);
});

/** Uploads the same picture again and again, and deletes every other asset that comes of it. */
async function keepGoing(
  child: { origin: string; apiKey: string },
  given: { bytes: Uint8Array<ArrayBuffer>; index: number; acknowledged: { assetId: string; url: string }[] },
): Promise<void> {
  const headers = { authorization: `Bearer ${child.apiKey}` };
  const path = `${child.origin}/api/v1/studio/assets`;
  for (let count = 0; ; count++) {
    const sent = await fetch(`${path}/upload?filename=${given.index}`, {
      ...{ method: 'POST', headers, body: given.bytes },
    });
    const asset: { assetId: string; url: string } = JSON.parse(await sent.text());
    if (sent.status !== 201) throw new Error('refused');
    const isKept = count % 2 === 0;
    if (isKept) given.acknowledged.push(asset);
    else await fetch(`${path}?assetId=${asset.assetId}`, { method: 'DELETE', headers });
  }
}

function changeFiles(dataFolder: string, assignment: string): void {
  const database = new Database(join(dataFolder, 'appliance.sqlite'));
  database.exec(`UPDATE studio_files SET ${assignment}`);
  database.close();
}

function previewState(dataFolder: string): string {
  const database = new Database(join(dataFolder, 'appliance.sqlite'), { readonly: true });
  try {
    return String(database.prepare('SELECT preview FROM studio_files').pluck().get());
  } finally {
    database.close();
  }
}
