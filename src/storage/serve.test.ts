import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileGone, serveFile, type ServedFile } from './serve.ts';

const content = 'abcdefghijklmnopqrstuvwxyz';
const lastModified = Date.parse('2026-01-01T00:00:00.500Z');
const served: ServedFile = { mimeType: 'video/mp4', filename: 'video.mp4', sha256: 'cafe', lastModified };
const etag = '"cafe"';

let folder: string;
let server: ReturnType<typeof Bun.serve>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kt-serve-'));
  await Bun.write(join(folder, 'file'), content);
  await Bun.write(join(folder, 'empty'), '');
  server = Bun.serve({
    ...{ port: 0, hostname: '127.0.0.1' },
    fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      const mimeType = searchParams.get('type') ?? served.mimeType;
      const filename = searchParams.get('name') ?? served.filename;
      return serveFile(request, join(folder, pathname), { ...served, mimeType, filename });
    },
  });
});
afterAll(async () => {
  await server.stop(true);
  await rm(folder, { recursive: true });
});

async function ask(headers: Record<string, string> = {}, { path = 'file', method = 'GET' } = {}) {
  const response = await fetch(new URL(path, server.url), { method, headers });
  const got = (name: string) => response.headers.get(name);
  return { status: response.status, body: await response.text(), got };
}

test('the whole file, with headers that keep a browser from running it', async () => {
  const { status, body, got } = await ask();
  expect([status, body]).toEqual([200, content]);
  expect({
    ...{
      type: got('content-type'),
      length: got('content-length'),
      ranges: got('accept-ranges'),
      etag: got('etag'),
    },
    ...{ disposition: got('content-disposition'), sniffing: got('x-content-type-options') },
    ...{ policy: got('content-security-policy'), resource: got('cross-origin-resource-policy') },
    ...{
      origin: got('access-control-allow-origin'),
      cache: got('cache-control'),
      range: got('content-range'),
    },
    modified: got('last-modified'),
  }).toEqual({
    ...{ type: 'video/mp4', length: '26', ranges: 'bytes', etag },
    ...{ disposition: `inline; filename="video.mp4"; filename*=UTF-8''video.mp4`, sniffing: 'nosniff' },
    ...{ policy: "sandbox; default-src 'none'", resource: 'cross-origin' },
    ...{ origin: '*', cache: 'private, max-age=3600', range: null },
    modified: 'Thu, 01 Jan 2026 00:00:00 GMT',
  });
});

test('HEAD answers the same headers and no body', async () => {
  const { status, body, got } = await ask({}, { method: 'HEAD' });
  expect([status, body, got('content-length'), got('etag')]).toEqual([200, '', '26', etag]);
  const ranged = await ask({ range: 'bytes=1-2' }, { method: 'HEAD' });
  expect([ranged.status, ranged.got('content-length'), ranged.got('content-range')]).toEqual([
    200,
    '26',
    null,
  ]);
});

describe('a range', () => {
  test.each([
    ['bytes=0-0', 0, 0],
    ['bytes=2-5', 2, 5],
    ['bytes=20-', 20, 25],
    ['bytes=20-999', 20, 25],
    ['bytes=-3', 23, 25],
    ['bytes=-999', 0, 25],
    ['bytes=0-', 0, 25],
    ['BYTES=1-1', 1, 1],
  ])('%s', async (range, start, end) => {
    const { status, body, got } = await ask({ range });
    expect([status, body]).toEqual([206, content.slice(start, end + 1)]);
    expect(got('content-range')).toBe(`bytes ${start}-${end}/26`);
    expect(got('content-length')).toBe(String(end - start + 1));
    expect([got('accept-ranges'), got('etag'), got('content-type')]).toEqual(['bytes', etag, 'video/mp4']);
  });

  test.each(['bytes=26-', 'bytes=99-100', 'bytes=-0'])('beyond the end: %s', async (range) => {
    const { status, body, got } = await ask({ range });
    expect([status, body, got('content-range')]).toEqual([416, '', 'bytes */26']);
  });

  test('of an empty file', async () => {
    const { status, got } = await ask({ range: 'bytes=0-' }, { path: 'empty' });
    expect([status, got('content-range')]).toEqual([416, 'bytes */0']);
    expect(await ask({}, { path: 'empty' })).toMatchObject({ status: 200, body: '' });
  });

  test.each(['bytes=5-2', 'bytes=a-b', 'bytes=-', 'lines=1-2', 'bytes=0-1,4-5', 'bytes 1-2', ''])(
    'that is malformed or several gets the whole file: %j',
    async (range) => {
      const { status, body, got } = await ask({ range });
      expect([status, body, got('content-range'), got('content-length')]).toEqual([200, content, null, '26']);
    },
  );
});

describe('conditions', () => {
  test.each(['"cafe"', 'W/"cafe"', '"other", "cafe"', '*'])('If-None-Match: %s is a 304', async (tag) => {
    const { status, body, got } = await ask({ 'if-none-match': tag, range: 'bytes=0-1' });
    expect([status, body, got('etag')]).toEqual([304, '', etag]);
  });

  test('If-None-Match of another version is the file', async () => {
    const headers = { 'if-none-match': '"old"', 'if-modified-since': new Date(lastModified).toUTCString() };
    expect((await ask(headers)).status).toBe(200);
  });

  test('If-Modified-Since counts in whole seconds', async () => {
    const since = (offset: number) => ({
      'if-modified-since': new Date(lastModified + offset).toUTCString(),
    });
    expect((await ask(since(0))).status).toBe(304);
    expect((await ask(since(-1000))).status).toBe(200);
    expect((await ask({ 'if-modified-since': 'nonsense' })).status).toBe(200);
  });

  test('If-Range lets the range through only for this very version', async () => {
    const ranged = (condition: string) => ask({ range: 'bytes=1-2', 'if-range': condition });
    for (const same of [etag, new Date(lastModified).toUTCString()]) {
      expect(await ranged(same)).toMatchObject({ status: 206, body: 'bc' });
    }
    for (const other of ['"old"', 'W/"cafe"', new Date(lastModified + 1000).toUTCString(), 'nonsense']) {
      expect(await ranged(other)).toMatchObject({ status: 200, body: content });
    }
  });
});

describe('disposition', () => {
  test.each(['image/png', 'audio/mpeg', 'video/mp4'])('%s is shown in place', async (type) => {
    const { got } = await ask({}, { path: `file?type=${type}` });
    expect(got('content-disposition')).toStartWith('inline;');
  });

  test.each(['application/json', 'model/gltf-binary', 'text/html', 'image/svg+xml'])(
    '%s is saved',
    async (type) => {
      const { got } = await ask({}, { path: `file?type=${encodeURIComponent(type)}` });
      expect(got('content-disposition')).toStartWith('attachment;');
    },
  );

  test('a name that is no plain ASCII is written in both ways, and can’t break out', async () => {
    const { got } = await ask({}, { path: `file?name=${encodeURIComponent('ü"\r\n%(1).mp4')}` });
    expect(got('content-disposition')).toBe(
      `inline; filename="_____(1).mp4"; filename*=UTF-8''%C3%BC%22%0D%0A%25%281%29.mp4`,
    );
  });
});

test('a file that clean-up took is gone', async () => {
  const request = new Request('http://localhost/files/job_1/a.mp4');
  const error: unknown = await serveFile(request, join(folder, 'gone'), served).catch(
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(FileGone);
  expect(error).toMatchObject({ status: 410, code: 'file_gone' });
});
