import { afterEach, beforeEach, expect, test } from 'bun:test';
import { join } from 'node:path';
import { closeDatabase, type OpenDatabase, openDatabase } from '../../db/open.ts';
import { createWriter, type Writer } from '../../db/writer.ts';
import { silentLog } from '../../log.ts';
import { startTestAppliance } from '../../testing/test-appliance.ts';
import { createEmbedAssets } from './embed-assets.ts';
import { type Embedder, EmbeddingFailed } from './embedder.ts';
import { createSearchStore } from './store.ts';
import { newDataFolder, searchModels } from './test-search.ts';

/** The background work on a real database, with models that do what a real one can't be made to. */

let dataFolder: string;
let database: OpenDatabase;
let writer: Writer;

beforeEach(() => {
  dataFolder = newDataFolder();
});
afterEach(async () => {
  await writer.close();
  closeDatabase(database);
});

/** Texts of these titles, in a database that nothing else has open. */
async function openWith(...titles: string[]): Promise<void> {
  const appliance = await startTestAppliance({ dataFolder, modelsFolder: searchModels() });
  for (const title of titles) {
    await appliance.call('POST', '/api/v1/studio/assets/text', { body: { title, text: title } });
  }
  await appliance.stop();
  database = openDatabase(join(dataFolder, 'appliance.sqlite'));
  writer = createWriter(database);
}

const work = (embed: Embedder['embed'], model = 'm1') =>
  createEmbedAssets({
    ...{ store: createSearchStore(database), writer, clock: () => 1000, log: silentLog },
    embedder: { model: () => model, embed },
    pace: { lookSeconds: 0.005, pauseSecondsFirst: 0.005, pauseSecondsMax: 0.02 },
  });

const rows = (select: string) => database.connection.prepare(select).pluck().all();
const embedded = () =>
  rows(`SELECT a.title FROM studio_embeddings e JOIN studio_assets a ON a.sequence = e.sequence
    WHERE e.model IS NOT NULL ORDER BY a.sequence`);

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 5000 && !isSo(); tries++) await Bun.sleep(5);
  expect(isSo()).toBe(true);
}

const vectorsFor = (texts: readonly string[]) => texts.map(() => [1, 0]);

test('a text that the model fails at holds up no other, and is embedded when the model is mended', async () => {
  const titles = Array.from({ length: 20 }, (_, place) => (place === 3 ? 'poison' : `good ${place}`));
  await openWith(...titles);
  let isMended = false;
  const background = work((texts) => {
    const isWell = isMended || !texts.some((text) => text.includes('poison'));
    return isWell ? Promise.resolve(vectorsFor(texts)) : Promise.reject(new EmbeddingFailed('It broke.'));
  });
  background.start();
  await until(() => embedded().length === titles.length - 1);
  expect(embedded()).not.toContain('poison');
  isMended = true;
  await until(() => embedded().length === titles.length);
  await background.stop();
  expect(rows('SELECT sum(attempts) FROM studio_embeddings')).toEqual([0]);
});

test('what always fails keeps no other from being embedded by a newer model', async () => {
  await openWith('one', 'poison', 'two');
  const embed: Embedder['embed'] = (texts) =>
    texts.some((text) => text.includes('poison'))
      ? Promise.reject(new EmbeddingFailed('It broke.'))
      : Promise.resolve(vectorsFor(texts));
  for (const model of ['m1', 'm2']) {
    const background = work(embed, model);
    background.start();
    await until(() => rows(`SELECT count(*) FROM studio_embeddings WHERE model = '${model}'`)[0] === 2);
    await background.stop();
  }
});

test('what is changed or deleted while its text is embedded does not get the vector of what it was', async () => {
  await openWith('first', 'second', 'third');
  const asked: string[] = [];
  const background = work((texts) => {
    if (asked.length === 0) {
      database.connection.exec("UPDATE studio_assets SET title = 'changed' WHERE title = 'first'");
      database.connection.exec(
        "DELETE FROM studio_texts WHERE text = 'second'; DELETE FROM studio_assets WHERE title = 'second'",
      );
    }
    asked.push(...texts);
    return Promise.resolve(vectorsFor(texts));
  });
  background.start();
  await until(() => embedded().length === 2);
  await background.stop();
  expect(embedded()).toEqual(['changed', 'third']);
  expect(asked.filter((text) => text.startsWith('text: changed'))).toHaveLength(1);
  expect(rows('SELECT count(*) FROM studio_embeddings')).toEqual([2]);
});

test('another model embeds everything anew, and what has its vector is left alone', async () => {
  await openWith(...Array.from({ length: 40 }, (_, place) => `t${place}`));
  const counts: number[] = [];
  for (const model of ['m1', 'm0', 'm0']) {
    let count = 0;
    const background = work((texts) => {
      count += texts.length;
      return Promise.resolve(vectorsFor(texts));
    }, model);
    const isDone = () => Bun.deepEquals(rows('SELECT DISTINCT model FROM studio_embeddings'), [model]);
    background.start();
    await until(isDone);
    await background.stop();
    counts.push(count);
  }
  expect(counts).toEqual([40, 40, 0]);
});

test('a stop ends what is under way, and the next start does it', async () => {
  await openWith('left');
  const asked = Promise.withResolvers<void>();
  const stopped = work(
    (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        asked.resolve();
      }),
  );
  stopped.start();
  await asked.promise;
  await stopped.stop();
  expect(rows('SELECT attempts FROM studio_embeddings')).toEqual([0]);
  const next = work((texts) => Promise.resolve(vectorsFor(texts)));
  next.start();
  await until(() => embedded().length === 1);
  await next.stop();
});
