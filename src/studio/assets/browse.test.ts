import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { sharp } from '../../media/sharp.ts';
import { makeTestMedia, type TestMedia } from '../../storage/test-media.ts';
import {
  type Answer,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
} from '../../testing/test-appliance.ts';
import { download, faultsOf, picture, upload, withPreview } from './test-assets.ts';

let appliance: TestAppliance;
let media: TestMedia;
beforeAll(async () => {
  media = await makeTestMedia();
  appliance = await startTestAppliance({ modelsFolder: fakeModels() });
});
afterAll(async () => {
  await appliance.stop();
  expect(faultsOf(appliance.dataFolder)).toEqual([]);
  await media[Symbol.asyncDispose]();
});

const studio = (method: string, path: string, body?: unknown) =>
  appliance.call(method, `/api/v1/studio/${path}`, body === undefined ? {} : { body });
const titles = async (query: string) =>
  (await studio('GET', `projects/assets${query}`)).body.assets.map(({ title }: Answer['body']) => title);

describe('a preview', () => {
  test('of a large picture is a small one, upright', async () => {
    const image = sharp({ create: { width: 1600, height: 800, channels: 3, background: '#fa0' } });
    const bytes = await image.withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const { body } = await upload(appliance, new Uint8Array(bytes));
    expect(body.thumbnailUrl).toBeNull();
    const served = await download(appliance, (await withPreview(appliance, body.assetId)).thumbnailUrl);
    expect(served.headers.get('content-type')).toBe('image/webp');
    expect(await sharp(await served.bytes()).metadata()).toMatchObject({ width: 256, height: 512 });
  });

  test('of a film is one of its frames', async () => {
    const { body } = await upload(appliance, Bun.file(media.path('clip-turned.mp4')));
    const served = await download(appliance, (await withPreview(appliance, body.assetId)).thumbnailUrl);
    expect(await sharp(await served.bytes()).metadata()).toMatchObject({ format: 'webp', width: 96 });
  });

  test('of a sound is its waveform', async () => {
    const { body } = await upload(appliance, Bun.file(media.path('tone.wav')));
    const served = await download(appliance, (await withPreview(appliance, body.assetId)).waveformUrl);
    const { durationSeconds, peaks } = JSON.parse(await served.text());
    expect([durationSeconds, peaks.length]).toEqual([2, 200]);
    for (const [lowest, highest] of peaks) {
      expect(lowest).toBeCloseTo(-0.125, 1);
      expect(highest).toBeCloseTo(0.125, 1);
    }
  });
});

describe('the browser', () => {
  test('shows the newest first, a page at a time, by kind and by project', async () => {
    const project = (await studio('POST', 'projects', { name: 'Paged' })).body.projectId;
    for (const color of ['#100', '#200', '#300', '#400', '#500']) {
      await upload(appliance, await picture(color), { query: { projectId: project, filename: color } });
    }
    await studio('POST', 'assets/text', { projectId: project, title: 'Notes', text: 'x' });
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const path = `projects/assets?projectId=${project}&limit=2${cursor && `&cursor=${cursor}`}`;
      const page: Answer = await studio('GET', path);
      seen.push(...page.body.assets.map(({ title }: Answer['body']) => title));
      cursor = page.body.nextCursor;
    }
    expect(seen).toEqual(['Notes', '#500', '#400', '#300', '#200', '#100']);
    expect(await titles(`?projectId=${project}&kind=text`)).toEqual(['Notes']);
  });

  test('finds words of titles, names, tags, notes, texts and prompts, without their accents', async () => {
    const { projectId } = (await studio('POST', 'projects', { name: 'Found' })).body;
    const query = { projectId, filename: 'Café at Night.png' };
    const { body } = await upload(appliance, await picture('#c0f'), { query });
    const text = { projectId, title: 'Plot', text: 'The naïve détective finds a résumé.' };
    await studio('POST', 'assets/text', text);
    const change = { assetId: body.assetId, tags: ['neon', 'Tōkyō'], note: 'for Ægir’s opening' };
    expect((await studio('PATCH', 'assets/metadata', change)).body.tags).toEqual(['neon', 'Tōkyō']);
    const found = (q: string) => titles(`?projectId=${projectId}&q=${encodeURIComponent(q)}`);
    for (const q of ['cafe', 'CAFÉ nig', 'tokyo', 'open', 'neon cafe', 'cafe-at']) {
      expect([q, await found(q)]).toEqual([q, ['Café at Night']]);
    }
    for (const q of ['naive', 'detect', 'plot resume']) expect([q, await found(q)]).toEqual([q, ['Plot']]);
    await studio('PATCH', 'assets/metadata', { assetId: body.assetId, tags: [], title: 'Bar' });
    expect([await found('tokyo'), await found('bar opening')]).toEqual([[], ['Bar']]);
    await studio('DELETE', `assets?assetId=${body.assetId}`);
    expect(await found('bar')).toEqual([]);
  });

  test.each([
    ...[
      '"',
      "'",
      '*',
      '(',
      'AND',
      'NOT x',
      'title:',
      'a NEAR b',
      '^a',
      '-',
      '{title} : x',
      '"a" OR "b',
      '\\',
    ],
    ...["'; DROP TABLE studio_assets; --", '\u0000', '🦊', 'x'.repeat(500), 'a '.repeat(250), '%', '字'],
  ])('takes %j for words, not for an expression', async (q) => {
    const { status } = await studio('GET', `projects/assets?q=${encodeURIComponent(q)}`);
    expect(status).toBe(200);
  });

  test('leaves out what is archived, and shows it when it is asked for', async () => {
    const { projectId } = (await studio('POST', 'projects', { name: 'Archive' })).body;
    const { body } = await upload(appliance, await picture('#0c0'), {
      query: { projectId, filename: 'old' },
    });
    const archive = (archived: boolean) =>
      studio('PATCH', 'assets/metadata', { assetId: body.assetId, archived });
    expect((await archive(true)).body.archivedAt).not.toBeNull();
    expect(await titles(`?projectId=${projectId}`)).toEqual([]);
    expect(await titles(`?projectId=${projectId}&archived=true`)).toEqual(['old']);
    expect((await archive(false)).body.archivedAt).toBeNull();
    expect(await titles(`?projectId=${projectId}`)).toEqual(['old']);
  });
});
