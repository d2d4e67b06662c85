import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { connect } from 'node:net';
import { makeTestMedia, type TestMedia } from '../../storage/test-media.ts';
import { pngFile } from '../../testing/png-file.ts';
import { chunkOf, lastChunk, rawRequest } from '../../testing/raw-request.ts';
import { fakeModels, startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';
import { until } from '../../testing/until.ts';
import { faultsOf, filesOnDisk, leftInStaging, picture, upload } from './test-assets.ts';
import { createTestMesh } from './test-mesh.ts';

/** Uploads as a way in: each is refused with what is wrong with it, and leaves nothing. */

const imageBytesMax = 300_000;
const quotaBytes = 600_000;

let appliance: TestAppliance;
let media: TestMedia;
let port: number;
beforeAll(async () => {
  media = await makeTestMedia();
  appliance = await startTestAppliance({
    modelsFolder: fakeModels(),
    environment: {
      KT_INPUTS_MAX_IMAGE_BYTES: String(imageBytesMax),
      KT_INPUTS_MAX_AUDIO_SECONDS: '1',
      KT_STUDIO_QUOTA_BYTES: String(quotaBytes),
      KT_SERVER_MAX_BODY_BYTES: '200000',
      KT_SERVER_MAX_BODY_BYTES_AT_ONCE: '9000000',
    },
  });
  appliance.app.listen({ hostname: '127.0.0.1', port: 0 });
  port = appliance.app.server?.port ?? 0;
});
afterAll(async () => {
  await appliance.app.server?.stop(true);
  await appliance.stop();
  await media[Symbol.asyncDispose]();
});
afterEach(async () => {
  await until(() => leftInStaging(appliance.dataFolder).length === 0);
  const { assets } = (await appliance.call('GET', '/api/v1/studio/projects/assets')).body;
  expect(assets).toEqual([]);
  expect(filesOnDisk(appliance.dataFolder)).toEqual([]);
  expect(faultsOf(appliance.dataFolder)).toEqual([]);
});

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="file:///etc/passwd"/></svg>';
const playlist = '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n';
const isoStart = '\0\0\0\x18ftypisom\0\0\x02\0isomiso2';
const remote = { asset: { version: '2.0' }, buffers: [{ uri: 'http://169.254.169.254/', byteLength: 1 }] };

describe('a file that is not taken in', () => {
  const files: [what: string, bytes: Uint8Array<ArrayBuffer>, status: number][] = [
    ['nothing', bytesOf(''), 422],
    ['SVG', bytesOf(svg), 415],
    ['HTML', bytesOf('<!doctype html><script>alert(1)</script>'), 415],
    ['a playlist', bytesOf(playlist), 415],
    ['a playlist behind an MP4’s first bytes', bytesOf(isoStart + playlist), 422],
    ['a playlist behind WebM’s first bytes', bytesOf(`\x1a\x45\xdf\xa3\x93\x42\x82\x84webm${playlist}`), 422],
    ['SVG behind PNG’s first bytes', bytesOf(`\x89PNG\r\n\x1a\n${svg}`), 422],
    ['SVG behind JPEG’s first bytes', bytesOf(`\xff\xd8\xff\xe0${svg}`), 422],
    ['a GIF', bytesOf('GIF89a\x01\0\x01\0\0\0\0;'), 415],
    ['an archive', bytesOf('PK\x03\x04\x14\0\0\0\x08\0../../etc/passwd'), 415],
    ['a program', bytesOf('\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0'), 415],
    [
      'a bomb of pixels',
      new Uint8Array(pngFile({ width: 30_000, height: 30_000, bits: 1, color: 'grey' })),
      413,
    ],
    ['a mesh that needs others’ files', createTestMesh({ description: remote }), 415],
    ['a mesh that is cut short', createTestMesh({ length: 4000 }), 422],
    ['a mesh of an older kind', createTestMesh({ version: 1 }), 422],
    ['a mesh whose JSON is none', createTestMesh({ json: '{"asset":' }), 422],
    ['a mesh without a version', createTestMesh({ description: { asset: {} } }), 422],
  ];
  test.each(files)('%s', async (_what, bytes, status) => {
    const answer = await upload(appliance, bytes, { query: { filename: 'photo.png' } });
    const issues = answer.body.details?.issues ?? [];
    expect([answer.status, issues[0]?.path]).toEqual([status, '/file']);
  });

  test('a picture that is cut short, and a film without its end', async () => {
    const [photo, clip] = [await media.bytes('photo.png'), await media.bytes('clip.mkv')];
    expect((await upload(appliance, photo.slice(0, photo.length / 2))).status).toBe(422);
    expect((await upload(appliance, clip.slice(0, 300))).status).toBe(422);
  });

  test('a recording that is too long, and a picture that is too large', async () => {
    const long = await upload(appliance, Bun.file(media.path('tone.mp3')));
    expect([long.status, long.body.details.issues[0].code]).toEqual([422, 'too_long']);
    const large = new Uint8Array(imageBytesMax + 1);
    large.set(await picture('#111'));
    expect((await upload(appliance, large)).status).toBe(413);
  });

  test('compressed on the way, or nameless in its query', async () => {
    const packed = Bun.gzipSync(await picture('#112'));
    const sent = await upload(appliance, packed, { headers: { 'content-encoding': 'gzip' } });
    expect([sent.status, sent.body.code]).toEqual([415, 'unsupported_media_type']);
    for (const query of [{ filename: '' }, { title: 'a\u0000b' }, { other: 'x' }, { projectId: '../..' }]) {
      const { status } = await upload(appliance, await picture('#113'), { query: { ...query } });
      expect([JSON.stringify(query), status]).toEqual([
        JSON.stringify(query),
        'projectId' in query ? 404 : 422,
      ]);
    }
  });
});

const head = (framing: string, key = appliance.apiKey) =>
  ['POST /api/v1/studio/assets/upload?filename=a.png HTTP/1.1', 'Host: localhost', `X-API-Key: ${key}`]
    .concat([framing, 'Connection: close', '', ''])
    .join('\r\n');
const statusOf = (answer: string) => Number(answer.split(' ')[1]);
const large = 'RIFF\x24\0\0\0WEBP'.padEnd(100_000, 'x');

describe('through a socket', () => {
  test('who has no good key is told so before the bytes come', async () => {
    const answer = await rawRequest(port, [head('Content-Length: 1000000000', 'kt_wrong'), 'x']);
    expect([statusOf(answer), answer.includes('"unauthorized"')]).toEqual([401, true]);
  });

  test('a body that is too large for its kind is refused as soon as that is sure', async () => {
    const pieces = Array.from({ length: 40 }, () => chunkOf(large));
    const answer = await rawRequest(port, [head('Transfer-Encoding: chunked'), ...pieces]);
    expect([statusOf(answer), answer.includes('media_too_large')]).toEqual([413, true]);
  });

  test('a client that hangs up leaves nothing', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(head('Content-Length: 200000'));
    socket.write(large, 'latin1');
    await until(() => leftInStaging(appliance.dataFolder).length === 1);
    socket.destroy();
    await until(() => leftInStaging(appliance.dataFolder).length === 0);
  });

  test('a form is held to the length of other bodies, told or not', async () => {
    const type = 'Content-Type: multipart/form-data; boundary=b';
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n';
    const told = await rawRequest(port, [head(`${type}\r\nContent-Length: 200001`), part]);
    expect(statusOf(told)).toBe(413);
    const pieces = [part, large, large, large, '\r\n--b--\r\n'].map(chunkOf);
    const untold = [head(`${type}\r\nTransfer-Encoding: chunked`), ...pieces, lastChunk];
    expect(statusOf(await rawRequest(port, untold))).toBe(413);
    const refused = [part, svg, '\r\n--b--\r\n'].map(chunkOf);
    const answer = await rawRequest(port, [untold[0] ?? '', ...refused, lastChunk]);
    expect([statusOf(answer), answer.includes('wrong_media_type')]).toEqual([415, true]);
  });
});

describe('an account', () => {
  test('has so many uploads under way, and may come again when one has ended', async () => {
    const sockets = Array.from({ length: 8 }, () => connect(port, '127.0.0.1'));
    for (const socket of sockets) socket.write(`${head('Content-Length: 200000')}${large}`, 'latin1');
    await until(() => leftInStaging(appliance.dataFolder).length === 8);
    const refused = await upload(appliance, bytesOf(svg));
    expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([
      ...[429, 'too_many_uploads', '5'],
    ]);
    for (const socket of sockets) socket.destroy();
    let status = 429;
    for (let tries = 0; status === 429 && tries < 200; tries++) {
      await Bun.sleep(10);
      ({ status } = await upload(appliance, bytesOf(svg)));
    }
    expect(status).toBe(415);
  });

  test('has so much room and no more, each file counted once, and texts too', async () => {
    const noise = (seed: number) => {
      const pixels = Buffer.from(
        Uint8Array.from({ length: 280 * 280 * 3 }, (_, at) => (at * seed * 7919) >> (at % 11)),
      );
      return import('../../media/sharp.ts').then(({ sharp }) =>
        sharp(pixels, { raw: { width: 280, height: 280, channels: 3 } })
          .png({ compressionLevel: 0 })
          .toBuffer(),
      );
    };
    const [one, two, three] = (await Promise.all([noise(1), noise(2), noise(3)])).map(
      (made) => new Uint8Array(made),
    );
    if (!one || !two || !three) throw new Error('Nothing was made.');
    const kept = [await upload(appliance, one), await upload(appliance, two), await upload(appliance, two)];
    expect(kept.map(({ status }) => status)).toEqual([201, 201, 201]);
    const refused = await upload(appliance, three);
    const usedBytes = one.length + two.length;
    expect([refused.status, refused.body.code]).toEqual([409, 'quota_exceeded']);
    expect(refused.body.details).toEqual({ quotaBytes, usedBytes, neededBytes: three.length });
    const write = (characters: number) =>
      appliance.call('POST', '/api/v1/studio/assets/text', {
        body: { title: 'x', text: 'x'.repeat(characters) },
      });
    const text = await write(quotaBytes - usedBytes - 10);
    expect([text.status, (await write(11)).status]).toEqual([201, 409]);
    expect(faultsOf(appliance.dataFolder)).toEqual([]);
    for (const { body } of [...kept, text]) {
      await appliance.call('DELETE', `/api/v1/studio/assets?assetId=${body.assetId}`);
    }
  });
});

test('a disk that is nearly full takes no file', async () => {
  const full = await startTestAppliance({
    modelsFolder: fakeModels(),
    environment: { KT_STORAGE_LOW_WATER_BYTES: String(Number.MAX_SAFE_INTEGER) },
  });
  const { status, body } = await upload(full, await picture('#aaa'));
  expect([status, body.code]).toEqual([507, 'storage_full']);
  expect([leftInStaging(full.dataFolder), filesOnDisk(full.dataFolder)]).toEqual([[], []]);
  await full.stop();
});
