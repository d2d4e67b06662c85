import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { makeTestEnvironment } from '../../../embedding/testing/make-environment.ts';
import { fakeJob, startTestAppliance, type TestAppliance, untilJob } from '../../testing/test-appliance.ts';
import { anotherKey, faultsOf, picture, upload } from '../assets/test-assets.ts';
import { installTextEmbedding, newDataFolder, search, searchModels, untilFound } from './test-search.ts';

/** The real runner with the real library, and a model of a few words. */

let appliance: TestAppliance;
let colors = 0;
beforeAll(async () => {
  await makeTestEnvironment();
  const [dataFolder, modelsFolder] = [newDataFolder(), searchModels()];
  await installTextEmbedding({ dataFolder, modelsFolder });
  const environment = { KT_SCHEDULER_CPU_SLOTS: '1' };
  appliance = await startTestAppliance({ dataFolder, modelsFolder, environment });
}, 600_000);
afterAll(async () => {
  await appliance.stop();
  expect(faultsOf(appliance.dataFolder)).toEqual([]);
});

const studio = async (method: string, path: string, body: unknown) =>
  (await appliance.call(method, `/api/v1/studio/${path}`, { body })).body;
const newProject = async (): Promise<string> =>
  (await studio('POST', 'projects', { name: 'Found' })).projectId;
const add = async (projectId: string, title: string): Promise<string> => {
  const color = `#${(0x100000 + colors++).toString(16)}`;
  return (await upload(appliance, await picture(color), { query: { projectId, filename: title } })).body
    .assetId;
};

describe('where the model is installed', () => {
  test('an asset is found by another word for it, and says what it was searched by', async () => {
    const projectId = await newProject();
    await add(projectId, 'car');
    await add(projectId, 'puppy');
    await untilFound(appliance, { projectId, q: 'automobile' }, ['car']);
    await untilFound(appliance, { projectId, q: 'dog' }, ['puppy']);
    expect(await search(appliance, { projectId })).toMatchObject({ search: null });
    const { body } = await appliance.call('GET', '/api/v1/health', { key: null });
    expect(body.search).toBe('words+meaning');
  });

  test('what has the very word is before what only means it, and nonsense finds nothing', async () => {
    const projectId = await newProject();
    await add(projectId, 'ocean');
    await add(projectId, 'sea');
    await untilFound(appliance, { projectId, q: 'ocean' }, ['ocean', 'sea']);
    await untilFound(appliance, { projectId, q: 'sea' }, ['sea', 'ocean']);
    await untilFound(appliance, { projectId, q: 'qqqq zzzz' }, []);
  });

  test('texts, notes, tags and the prompts of kept outputs count', async () => {
    const projectId = await newProject();
    await studio('POST', 'assets/text', { projectId, title: 'Act 1', text: 'forest forest' });
    const assetId = await add(projectId, 'b');
    await studio('PATCH', 'assets/metadata', { assetId, tags: ['castle'], note: 'fortress' });
    const outputs = [{ filename: 'o.json', text: '{}', mimeType: 'application/json' }];
    // What the fake runner doesn't know is no more than words.
    const prompt = JSON.stringify({ words: 'song '.repeat(60), outputs });
    const body = fakeJob({}, { prompt });
    const { jobId } = (await appliance.call('POST', '/api/v1/media/jobs', { body })).body;
    await untilJob(appliance, jobId);
    await studio('POST', 'assets/keep', { projectId, jobId, title: 'c' });
    await untilFound(appliance, { projectId, q: 'woods' }, ['Act 1']);
    await untilFound(appliance, { projectId, q: 'palace' }, ['b']);
    await untilFound(appliance, { projectId, q: 'melody' }, ['c']);
  });

  test('a changed asset is found by what it is now, a deleted one not at all', async () => {
    const projectId = await newProject();
    const assetId = await add(projectId, 'night');
    await untilFound(appliance, { projectId, q: 'dusk' }, ['night']);
    await studio('PATCH', 'assets/metadata', { assetId, title: 'house' });
    await untilFound(appliance, { projectId, q: 'cottage' }, ['house']);
    expect((await search(appliance, { projectId, q: 'dusk' })).titles).toEqual([]);
    await appliance.call('DELETE', `/api/v1/studio/assets?assetId=${assetId}`);
    expect((await search(appliance, { projectId, q: 'cottage' })).titles).toEqual([]);
  });

  test('kinds, archives, projects and accounts keep theirs to themselves', async () => {
    const [projectId, other] = [await newProject(), await newProject()];
    await add(projectId, 'dog');
    await studio('POST', 'assets/text', { projectId, title: 'puppy', text: 'x' });
    await add(other, 'hound');
    const archived = await add(projectId, 'hounds');
    await studio('PATCH', 'assets/metadata', { assetId: archived, title: 'dog hound', archived: true });
    await untilFound(appliance, { projectId: other, q: 'dog' }, ['hound']);
    await untilFound(appliance, { projectId, q: 'hound', kind: 'image' }, ['dog']);
    await untilFound(appliance, { projectId, q: 'hound', kind: 'text' }, ['puppy']);
    await untilFound(appliance, { projectId, q: 'puppy', archived: 'true' }, ['dog hound']);
    const path = `/api/v1/studio/projects/assets?projectId=${projectId}&q=hound`;
    const stranger = await appliance.call('GET', path, { key: await anotherKey(appliance) });
    expect(stranger.status).toBe(404);
  });

  test('pages of whatever lengths have everything once, also when assets come in between', async () => {
    const projectId = await newProject();
    const titles = ['car a', 'automobile b', 'vehicle c', 'car d', 'automobile e'];
    for (const title of titles) await add(projectId, title);
    const whole = async () => (await search(appliance, { projectId, q: 'car' })).titles;
    while ((await whole()).length < titles.length) await Bun.sleep(100);
    const expected = await whole();
    const first = await search(appliance, { projectId, q: 'car', limit: '2' });
    await add(projectId, 'car f');
    await untilFound(appliance, { projectId, q: 'f' }, ['car f']);
    const seen = [...first.titles];
    for (let cursor = first.nextCursor; cursor !== null;) {
      const page = await search(appliance, { projectId, q: 'car', limit: '2', cursor });
      seen.push(...page.titles);
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(expected);
    const present = await whole();
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.integer({ min: 1, max: 4 })), async (lengths) => {
        const together: string[] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const limit = String(lengths.next().value);
          const page = await search(appliance, {
            ...{ projectId, q: 'car', limit },
            ...(cursor && { cursor }),
          });
          together.push(...page.titles);
          cursor = page.nextCursor;
        }
        expect(together).toEqual(present);
      }),
      { numRuns: 25 },
    );
  });

  test('a job that has every slot of the processor holds up neither assets nor searches', async () => {
    const projectId = await newProject();
    const body = fakeJob({ ending: 'hang' });
    const { jobId } = (await appliance.call('POST', '/api/v1/media/jobs', { body })).body;
    await untilJob(appliance, jobId, ['running']);
    await add(projectId, 'trees');
    await untilFound(appliance, { projectId, q: 'woods' }, ['trees']);
    await appliance.call('DELETE', `/api/v1/media/jobs?jobId=${jobId}`);
  });

  test('a cursor of another search, or of none, is no way to its results', async () => {
    const projectId = await newProject();
    for (const title of ['sea a', 'sea b', 'forest c']) await add(projectId, title);
    await untilFound(appliance, { projectId, q: 'woods' }, ['forest c']);
    await untilFound(appliance, { projectId, q: 'ocean' }, ['sea a', 'sea b']);
    const { nextCursor } = await search(appliance, { projectId, q: 'ocean', limit: '1' });
    const cursor = nextCursor ?? '';
    expect(cursor).toMatch(/^r[0-9a-f]{24}\.1$/);
    expect((await search(appliance, { projectId, q: 'woods', cursor })).titles).toEqual([]);
    const path = `/api/v1/studio/projects/assets?projectId=${projectId}&cursor=${cursor}`;
    const refused = await appliance.call('GET', path);
    expect([refused.status, refused.body.code]).toEqual([400, 'bad_cursor']);
  });
});
