import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { until } from '../../testing/until.ts';
import { createTestMesh } from './test-mesh.ts';
import { makeTestMedia, type TestMedia } from '../../storage/test-media.ts';
import {
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../../testing/test-appliance.ts';
import {
  anotherKey,
  download,
  faultsOf,
  filesOnDisk,
  leftInStaging,
  picture,
  upload,
  withPreview,
} from './test-assets.ts';

let appliance: TestAppliance;
let media: TestMedia;
let otherKey: string;
beforeAll(async () => {
  media = await makeTestMedia();
  appliance = await startTestAppliance({ modelsFolder: fakeModels() });
  otherKey = await anotherKey(appliance);
});
afterAll(async () => {
  await appliance.stop();
  await media[Symbol.asyncDispose]();
});

const studio = (method: string, path: string, body?: unknown, key = appliance.apiKey) =>
  appliance.call(method, `/api/v1/studio/${path}`, { key, ...(body === undefined ? {} : { body }) });

/** Previews of what other tests sent are made there, too. */
const nothingInStaging = () => until(() => leftInStaging(appliance.dataFolder).length === 0);

describe('an upload', () => {
  test.each([
    ['photo.png', 'image', 'image/png', { width: 160, height: 96, durationSeconds: null }],
    ['photo-turned.jpg', 'image', 'image/jpeg', { width: 96, height: 160 }],
    ['photo.webp', 'image', 'image/webp', { width: 160, height: 96 }],
    ['clip.mp4', 'video', 'video/mp4', { width: 160, height: 96, frames: 30 }],
    ['clip.webm', 'video', 'video/webm', { width: 160, height: 96 }],
    ['tone.mp3', 'audio', 'audio/mpeg', { durationSeconds: 2, width: null }],
    ['tone-live.webm', 'audio', 'audio/webm', { durationSeconds: expect.closeTo(2, 1) }],
    ['tone.m4a', 'audio', 'audio/mp4', { durationSeconds: expect.closeTo(2, 1) }],
  ])('of %s is told by its bytes: %s, %s', async (name, kind, mimeType, facts) => {
    const { status, body } = await upload(appliance, Bun.file(media.path(name)).stream(), {
      query: { filename: 'what.txt' },
    });
    const extension = name.split('.')[1];
    expect([status, body]).toMatchObject([
      201,
      { kind, mimeType, title: 'what', filename: `what.${extension}`, origin: { type: 'upload' }, ...facts },
    ]);
    const served = await download(appliance, body.url);
    expect(served.headers.get('content-type')).toBe(mimeType);
    expect(await served.bytes()).toEqual(await media.bytes(name));
  });

  test('of a mesh is one', async () => {
    const { status, body } = await upload(appliance, createTestMesh());
    expect([status, body.kind, body.mimeType, body.thumbnailUrl]).toEqual([
      ...[201, 'mesh', 'model/gltf-binary', null],
    ]);
    expect((await download(appliance, body.url)).headers.get('content-disposition')).toStartWith(
      'attachment',
    );
  });

  test('as a form is the same, under the name it has there', async () => {
    const form = new FormData();
    form.append('file', new Blob([await picture('#123')]), 'Über den Dächern.png');
    const { status, body } = await upload(appliance, form, { query: {} });
    expect([status, body.title, body.filename]).toEqual([201, 'Über den Dächern', 'Uber-den-Dachern.png']);
  });

  test('as a form has one file', async () => {
    const form = new FormData();
    expect((await upload(appliance, form)).body.code).toBe('malformed_form');
    for (const name of ['a.png', 'b.png']) form.append('file', new Blob([await picture('#124')]), name);
    const { status, body } = await upload(appliance, form);
    expect([status, body.code]).toEqual([400, 'malformed_form']);
    await nothingInStaging();
  });

  test('of the same bytes is another asset and the same file, which goes with the last of them', async () => {
    const bytes = await picture('#456');
    const sha256 = new Bun.CryptoHasher('sha256').update(bytes).digest('hex');
    const files = () => filesOnDisk(appliance.dataFolder).filter((name) => name.includes(sha256)).length;
    const { usedBytes } = (await studio('GET', 'projects/assets')).body.storage;
    const [first, second] = [await upload(appliance, bytes), await upload(appliance, bytes)];
    expect(first.body.assetId).not.toBe(second.body.assetId);
    await withPreview(appliance, first.body.assetId);
    expect(files()).toBe(2);
    const after = (await studio('GET', 'projects/assets')).body.storage;
    expect(after.usedBytes).toBe(usedBytes + bytes.length);
    await studio('DELETE', `assets?assetId=${first.body.assetId}`);
    expect(await (await download(appliance, second.body.url)).bytes()).toEqual(bytes);
    expect((await download(appliance, first.body.url)).status).toBe(404);
    await studio('DELETE', `assets?assetId=${second.body.assetId}`);
    expect(files()).toBe(0);
    expect((await download(appliance, second.body.url)).status).toBe(404);
  });

  test('of the same bytes, many times at once and deleted meanwhile, leaves all as it should be', async () => {
    const bytes = await picture('#789');
    const rounds = Array.from({ length: 8 }, async (_, index) => {
      const { body } = await upload(appliance, bytes);
      if (index % 3 > 0) await studio('DELETE', `assets?assetId=${body.assetId}`);
      return index % 3 > 0 ? null : body;
    });
    const kept = (await Promise.all(rounds)).filter((body) => body !== null);
    expect(kept.length).toBe(3);
    for (const { url } of kept) expect((await download(appliance, url)).status).toBe(200);
    expect(faultsOf(appliance.dataFolder)).toEqual([]);
    await Promise.all(kept.map(({ assetId }) => studio('DELETE', `assets?assetId=${assetId}`)));
    expect(faultsOf(appliance.dataFolder)).toEqual([]);
  });
});

describe('a file of an asset', () => {
  test('is served in parts, by its tag, and to HEAD', async () => {
    const bytes = await picture('#abc');
    const { body } = await upload(appliance, bytes);
    const part = await download(appliance, body.url, { headers: { range: 'bytes=2-5' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 2-5/${bytes.length}`]);
    expect(await part.bytes()).toEqual(bytes.slice(2, 6));
    const head = await download(appliance, body.url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([...[200, '']]);
    const etag = head.headers.get('etag') ?? '';
    expect(etag).toBe(`"${body.sha256}"`);
    const again = await download(appliance, body.url, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect((await download(appliance, body.url.replace(/sig=./, 'sig=_'))).status).toBe(403);
  });

  test('is an input of jobs by its URL, with an origin and without', async () => {
    const { body } = await upload(appliance, await picture('#def'));
    const { pathname, search } = new URL(body.url);
    for (const url of [body.url, pathname + search]) {
      const job = fakeJob({}, { referenceImages: [url] });
      const { status, body: quoted } = await appliance.call('POST', '/api/v1/media/quote', { body: job });
      expect([status, quoted.code]).toEqual([200, undefined]);
      const submitted = await appliance.call('POST', '/api/v1/media/jobs', { body: job });
      expect((await untilJob(appliance, submitted.body.jobId)).status).toBe('succeeded');
    }
    await studio('DELETE', `assets?assetId=${body.assetId}`);
    const gone = await appliance.call('POST', '/api/v1/media/quote', {
      body: fakeJob({}, { referenceImages: [pathname + search] }),
    });
    expect([gone.status, gone.body.error]).toEqual([422, expect.stringContaining('was deleted')]);
  });
});

describe('another account', () => {
  test('is told that there is no such asset, wherever it asks', async () => {
    const { body } = await upload(appliance, await picture('#00f'));
    const text = (await studio('POST', 'assets/text', { title: 'Mine', text: 'secret' })).body;
    const { assetId, projectId } = body;
    const change = { assetId: text.assetId, version: 1, text: 'theirs' };
    const asked: [string, string, unknown?][] = [
      ['GET', `assets?assetId=${assetId}`],
      ['PATCH', 'assets/metadata', { assetId, title: 'theirs' }],
      ['DELETE', `assets?assetId=${assetId}`],
      ['GET', `assets/text/document?assetId=${text.assetId}`],
      ['PATCH', 'assets/text/document', change],
      ['GET', `projects/assets?projectId=${projectId}`],
      ['POST', 'assets/text', { projectId, title: 'x', text: 'x' }],
    ];
    for (const [method, path, sent] of asked) {
      const { status, body: told } = await studio(method, path, sent, otherKey);
      expect([method, path, status, told.code]).toEqual([method, path, 404, 'not_found']);
    }
    const sent = await upload(appliance, await picture('#00e'), { query: { projectId }, key: otherKey });
    expect(sent.status).toBe(404);
    expect((await studio('GET', 'projects/assets?q=secret', undefined, otherKey)).body.assets).toEqual([]);
  });

  test('has a file of its own where it has the same bytes', async () => {
    const bytes = await picture('#0ff');
    const mine = (await upload(appliance, bytes)).body;
    const theirs = (await upload(appliance, bytes, { key: otherKey })).body;
    await studio('DELETE', `assets?assetId=${mine.assetId}`);
    expect((await download(appliance, theirs.url)).status).toBe(200);
  });
});

test('the plan of an agent names assets, and a text is no file', async () => {
  const { assetId } = (await upload(appliance, await picture('#f0f'))).body;
  const text = (await studio('POST', 'assets/text', { title: 'Words', text: 'x' })).body;
  const steps = (id: string) => [
    {
      id: 'a',
      task: 'image.generate',
      input: { ...(fakeJob()['input'] as object), referenceImages: [{ assetId: id }] },
    },
  ];
  expect((await studio('POST', 'agent/plans', { steps: steps(assetId) })).status).toBe(201);
  const refused = await studio('POST', 'agent/plans', { steps: steps(text.assetId) });
  expect([refused.status, refused.body.error]).toEqual([422, expect.stringContaining('is a text')]);
  const theirs = await studio('POST', 'agent/plans', { steps: steps(assetId) }, otherKey);
  expect(theirs.status).toBe(422);
});

test('at the end nothing is without what it belongs to', async () => {
  await nothingInStaging();
  expect(faultsOf(appliance.dataFolder)).toEqual([]);
});
