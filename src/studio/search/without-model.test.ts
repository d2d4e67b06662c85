import { beforeAll, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { makeTestEnvironment } from '../../../embedding/testing/make-environment.ts';
import { startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';
import {
  changeManifest,
  installTextEmbedding,
  newDataFolder,
  search,
  searchModels,
  untilFound,
  withRevision,
} from './test-search.ts';

beforeAll(makeTestEnvironment, 600_000);

const write = async (appliance: TestAppliance, title: string) => {
  const body = { title, text: title };
  expect((await appliance.call('POST', '/api/v1/studio/assets/text', { body })).status).toBe(201);
};

/** Of those assets that have a vector, its model. */
function modelsOf(dataFolder: string): unknown[] {
  const database = new Database(join(dataFolder, 'appliance.sqlite'), { readonly: true });
  try {
    return database.prepare('SELECT DISTINCT model FROM studio_embeddings').pluck().all();
  } finally {
    database.close();
  }
}

test('without the model a search goes by words, newest first, and says so', async () => {
  const appliance = await startTestAppliance({ modelsFolder: searchModels() });
  try {
    await write(appliance, 'car one');
    await write(appliance, 'car two');
    expect(await search(appliance, { q: 'automobile' })).toMatchObject({ titles: [], search: 'words' });
    const first = await search(appliance, { q: 'car', limit: '1' });
    expect(first).toMatchObject({ titles: ['car two'], search: 'words' });
    const cursor = first.nextCursor ?? '';
    expect(await search(appliance, { q: 'car', limit: '1', cursor })).toEqual({
      ...{ titles: ['car one'], search: 'words', nextCursor: null },
    });
    const { body } = await appliance.call('GET', '/api/v1/health', { key: null });
    expect(body).toMatchObject({ status: 'ok', search: 'words' });
  } finally {
    await appliance.stop();
  }
});

test('a cursor of a list by meaning is answered with 503 where the model is gone', async () => {
  const appliance = await startTestAppliance({ modelsFolder: searchModels() });
  try {
    const path = `/api/v1/studio/projects/assets?q=car&cursor=r${'0'.repeat(24)}.2`;
    const refused = await appliance.call('GET', path);
    expect([refused.status, refused.body.code]).toEqual([503, 'search_unavailable']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  } finally {
    await appliance.stop();
  }
});

test('what is there already is embedded when the model comes, and again when its revision changes', async () => {
  const [dataFolder, modelsFolder] = [newDataFolder(), searchModels('r1')];
  const appliance = await startTestAppliance({ dataFolder, modelsFolder });
  await write(appliance, 'car');
  expect(await search(appliance, { q: 'vehicle' })).toMatchObject({ titles: [], search: 'words' });
  // While it runs.
  await installTextEmbedding({ dataFolder, modelsFolder });
  await untilFound(appliance, { q: 'vehicle' }, ['car']);
  await appliance.stop();
  expect(modelsOf(dataFolder)).toEqual([expect.stringMatching(/@r1$/)]);
  changeManifest(modelsFolder, (manifest) => withRevision(manifest, 'r2'));
  const record = join(dataFolder, 'models/text-embedding/installed.json');
  await Bun.write(record, readFileSync(record, 'utf8').replace('"r1"', '"r2"'));
  const again = await startTestAppliance({ dataFolder, modelsFolder });
  try {
    await untilFound(again, { q: 'vehicle' }, ['car']);
    expect(modelsOf(dataFolder)).toEqual([expect.stringMatching(/@r2$/)]);
  } finally {
    await again.stop();
  }
});

const fakeRunner = '"bun", "run", "src/testing/fake-runner.ts", "--tasks", "embed"';

test.each([
  ['that does not start in time', `[${fakeRunner}, "--hangs-to", "load"]`],
  ['that answers with no vectors', `[${fakeRunner}]`],
])('by a model %s, a search goes by words', async (_, command) => {
  const [dataFolder, modelsFolder] = [newDataFolder(), searchModels()];
  await installTextEmbedding({ dataFolder, modelsFolder });
  changeManifest(modelsFolder, (manifest) => manifest.replace(/command = .*/, `command = ${command}`));
  const appliance = await startTestAppliance({ dataFolder, modelsFolder });
  try {
    await write(appliance, 'car one');
    await write(appliance, 'car two');
    expect(await search(appliance, { q: 'car' })).toMatchObject({
      ...{ titles: ['car two', 'car one'], search: 'words' },
    });
  } finally {
    await appliance.stop();
  }
});
