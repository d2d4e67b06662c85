import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { ffmpeg } from '../media/ffmpeg.ts';
import { type AttackedAppliance, startAttackedAppliance } from '../testing/attacked-appliance.ts';
import { pngChunk, pngFile } from '../testing/png-file.ts';
import { rawRequest } from '../testing/raw-request.ts';
import { type Answer, fakeJob, fakeModels } from '../testing/test-appliance.ts';

/**
 * Bodies, files, names and headers as a way in: each is refused with what is wrong with it, leaves no file,
 * costs nothing, and the appliance goes on. The classes are those of CVEs of other media servers.
 */

const submitPath = '/api/v1/media/jobs';
const quotePath = '/api/v1/media/quote';
const small = pngFile({ width: 64, height: 64 });

let appliance: AttackedAppliance;
let before: Awaited<ReturnType<AttackedAppliance['state']>>;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kt-hostile-'));
  appliance = await startAttackedAppliance({
    settings: { KT_INPUTS_MAX_AUDIO_SECONDS: '60', KT_INPUTS_MAX_VIDEO_SECONDS: '60' },
  });
  before = await appliance.state();
});
afterAll(async () => {
  await appliance[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  expect((await appliance.get('/api/v1/health')).body.status).toBe('ok');
  expect(await appliance.state()).toEqual(before);
});

/** For the titles of tests: some values are long. */
const named = (values: string[]) =>
  values.map((value): [string, string] => [JSON.stringify(value).slice(0, 40), value]);
const nested = (levels: number, open = '[', close = ']') => open.repeat(levels) + close.repeat(levels);
const image = (more: string) => `{"task":"image.generate","input":{"prompt":"x"${more}}}`;
const inline = (bytes: Uint8Array, mimeType: string) => ({
  dataBase64: Buffer.from(bytes).toString('base64'),
  mimeType,
});
const asImage = (bytes: Uint8Array, mimeType = 'image/png') => ({
  task: 'image.edit',
  input: { prompt: 'x', sourceImage: inline(bytes, mimeType) },
});
const asAudio = (bytes: Uint8Array, mimeType = 'audio/wav') => ({
  task: 'audio.annotation.reference',
  input: { sourceAudio: inline(bytes, mimeType) },
});
const asVideo = (bytes: Uint8Array, mimeType = 'video/mp4') => ({
  task: 'video.combine',
  input: { videos: [inline(bytes, mimeType), inline(bytes, mimeType)] },
});

/** Submits and quotes; answers what both were answered. */
async function refused(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const [submitted, quoted] = await Promise.all([
    appliance.post(submitPath, body, headers),
    appliance.post(quotePath, body, headers),
  ]);
  expect([quoted.status, quoted.body.code]).toEqual([submitted.status, submitted.body.code]);
  return submitted;
}

describe('a body', () => {
  const bytes = (...parts: (string | number[])[]) =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
  const bodies: [what: string, body: string | Uint8Array, status: number, code: string][] = [
    ['of no bytes', '', 422, 'invalid_input'],
    ['of blanks', ' \n\t ', 400, 'malformed_json'],
    ['that is cut off', '{"task":"image.generate","input":{"prompt":"x"', 400, 'malformed_json'],
    ['with more behind it', `${image('')}{}`, 400, 'malformed_json'],
    ['that is a list', '[{"task":"image.generate"}]', 422, 'invalid_input'],
    ['of NaN', image(',"seed":NaN'), 400, 'malformed_json'],
    ['of Infinity', image(',"seed":Infinity'), 400, 'malformed_json'],
    ['of 1e999', image(',"seed":1e999'), 422, 'invalid_input'],
    ['of -1e999', image(',"width":-1e999,"height":64'), 422, 'invalid_input'],
    ['of a number beyond 2^53', image(',"seed":9007199254740993'), 422, 'invalid_input'],
    ['of a number of 100,000 digits', image(`,"seed":${'9'.repeat(100_000)}`), 422, 'invalid_input'],
    ['of a hexadecimal number', image(',"seed":0x10'), 400, 'malformed_json'],
    ['with a comment', image(',/**/"seed":1'), 400, 'malformed_json'],
    ['with raw control characters', image(',"seed":"\u0001"'), 400, 'malformed_json'],
    ['with __proto__', image(',"__proto__":{"width":64,"height":64}'), 422, 'invalid_input'],
    [
      'that is all __proto__',
      '{"__proto__":{"task":"image.generate","input":{"prompt":"x"}}}',
      422,
      'invalid_input',
    ],
    ['with constructor', image(',"constructor":{"prototype":{"width":64}}'), 422, 'invalid_input'],
    ['with hasOwnProperty', image(',"hasOwnProperty":1,"toString":2,"valueOf":3'), 422, 'invalid_input'],
    ['whose task is __proto__', '{"task":"__proto__","input":{}}', 422, 'invalid_input'],
    ['whose task is toString', '{"task":"toString","input":{}}', 422, 'invalid_input'],
    [
      'that sets its own price',
      '{"task":"image.generate","input":{"prompt":"x"},"amountMicros":0}',
      422,
      'invalid_input',
    ],
    [
      'that names another account',
      '{"task":"image.generate","input":{"prompt":"x"},"accountId":"a"}',
      422,
      'invalid_input',
    ],
    [
      'that names its own job id',
      '{"task":"image.generate","input":{"prompt":"x"},"jobId":"job_1"}',
      422,
      'invalid_input',
    ],
    ['with NUL in a prompt', image('').replace('"x"', '"a\\u0000b"'), 422, 'invalid_input'],
    ['with NUL in a name', image(',"se\\u0000ed":1'), 422, 'invalid_input'],
    ['with half a character', image('').replace('"x"', '"\\ud800"'), 422, 'invalid_input'],
    ['with the other half', image('').replace('"x"', '"\\udc00\\ud800"'), 422, 'invalid_input'],
    [
      'with bytes that are not UTF-8',
      bytes('{"task":"image.generate","input":{"prompt":"', [0xff, 0xfe], '"}}'),
      400,
      'malformed_json',
    ],
    [
      'with an overlong character',
      bytes('{"task":"image.generate","input":{"prompt":"', [0xc0, 0xaf], '"}}'),
      400,
      'malformed_json',
    ],
    [
      'with a surrogate in UTF-8',
      bytes('{"task":"image.generate","input":{"prompt":"', [0xed, 0xa0, 0x80], '"}}'),
      400,
      'malformed_json',
    ],
    ['in UTF-16', Buffer.from(`\ufeff${image('')}`, 'utf16le'), 400, 'malformed_json'],
    ['with a prompt of 10 MB', image('').replace('"x"', `"${'x'.repeat(10_000_000)}"`), 422, 'invalid_input'],
    ['with a task of 10 MB', `{"task":"${'x'.repeat(10_000_000)}","input":{}}`, 422, 'invalid_input'],
    ['with a field name of 10 MB', image(`,"${'x'.repeat(10_000_000)}":1`), 422, 'invalid_input'],
    [
      'with a MIME type of 10 MB',
      JSON.stringify(asImage(small, 'x'.repeat(10_000_000))),
      422,
      'invalid_input',
    ],
    [
      'with a URL of 10 MB',
      image(`,"referenceImages":["http://[${'x'.repeat(10_000_000)}"]`),
      422,
      'invalid_input',
    ],
    [
      'with data URI parameters of 10 MB',
      image(`,"referenceImages":["data:image/png${';a'.repeat(5_000_000)},"]`),
      422,
      'invalid_input',
    ],
    [
      'with 100,000 fields',
      image(Array.from({ length: 100_000 }, (_, i) => `,"a${i}":1`).join('')),
      400,
      'too_many_values',
    ],
    [
      'with 2,000,000 images',
      image(`,"referenceImages":[${'1,'.repeat(2_000_000)}1]`),
      400,
      'too_many_values',
    ],
    [
      'with 5,000 fields',
      image(Array.from({ length: 5000 }, (_, i) => `,"a${i}":1`).join('')),
      422,
      'invalid_input',
    ],
    [
      'with more images than a job takes',
      image(`,"referenceImages":[${'"http://127.0.0.1/",'.repeat(999)}"x"]`),
      422,
      'invalid_input',
    ],
    ['nested 20 levels deep', image(`,"seed":${nested(20)}`), 422, 'invalid_input'],
    ['nested 100 levels deep', image(`,"seed":${nested(100)}`), 400, 'nested_too_deeply'],
    ['nested 5,000,000 levels deep', image(`,"seed":${nested(5_000_000)}`), 400, 'nested_too_deeply'],
    ['that never closes', image(`,"seed":${'['.repeat(100_000)}`), 400, 'nested_too_deeply'],
    ['with nested objects', image(`,"seed":${nested(100_000, '{"a":', '}')}`), 400, 'nested_too_deeply'],
    [
      'whose input is nested',
      `{"task":"image.generate","input":${nested(50_000)}}`,
      400,
      'nested_too_deeply',
    ],
    [
      'with brackets in a text',
      image('').replace('"x"', `"${'['.repeat(5000)}\\\\\\"${'{'.repeat(5000)}"`),
      422,
      'invalid_input',
    ],
    ['that is compressed JSON', gzipSync(image('')), 400, 'malformed_json'],
    ['that is an image', small, 400, 'malformed_json'],
  ];
  test.each(bodies)('%s', async (_what, body, status, code) => {
    const answer = await refused(body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(JSON.stringify(answer.body).length).toBeLessThan(100_000);
    if (status === 422) expect(answer.body.details.issues.length).toBeGreaterThan(0);
  });

  test.each([
    ...['text/plain', 'text/html', 'application/x-www-form-urlencoded', 'application/octet-stream'],
    ...['application/jsonx', 'application/json, text/plain', 'image/png', 'application/xml', 'a', '*/*'],
  ])('that calls itself %s', async (type) => {
    const { status, body } = await refused(image(''), { 'content-type': type });
    expect([status, body.code]).toEqual([415, 'unsupported_media_type']);
  });

  test.each(['gzip', 'br', 'deflate', 'gzip, gzip', 'x'])(
    'that says it is compressed: %s',
    async (encoding) => {
      const { status, body } = await refused(gzipSync(image('')), { 'content-encoding': encoding });
      expect([status, body.code]).toEqual([415, 'unsupported_media_type']);
    },
  );

  test('larger than the appliance takes', async () => {
    const { status, body } = await refused(image('').padEnd(70_000_000, ' '));
    expect([status, body.code]).toEqual([413, 'payload_too_large']);
  });

  test('of a stranger is not read beyond 64 KiB', async () => {
    const send = (body: string) =>
      fetch(appliance.origin + submitPath, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
    expect((await send(image(`,"a":"${'x'.repeat(10_000_000)}"`))).status).toBe(401);
    expect((await send(image(`,"seed":${nested(20_000)}`))).status).toBe(400);
    expect((await send(image(''))).status).toBe(401);
  });

  test('with a name twice means its last value, in price and result alike', async () => {
    const { status, body } = await appliance.post(quotePath, image(',"width":64,"height":64,"width":4096'));
    expect(status).toBe(200);
    expect(body.effectiveInput).toMatchObject({ width: 4096, height: 64 });
    expect(body.billing.basis.join()).toContain('0.26');
  });
});

describe('a file that is none of its kind', () => {
  const isoStart = '\0\0\0\x18ftypisom\0\0\x02\0isomiso2';
  const texts = {
    svg: '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="file:///etc/passwd"/></svg>',
    html: '<!doctype html><script>alert(document.cookie)</script>',
    xml: '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    playlist: '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n',
    'local playlist': '#EXTM3U\n#EXTINF:1,\nconcat:/etc/passwd|http://127.0.0.1/\n',
    concat: "ffconcat version 1.0\nfile '/etc/passwd'\n",
    dash: '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><BaseURL>file:///etc/</BaseURL></MPD>',
    sdp: 'v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n',
    subtitles: '1\n00:00:00,000 --> 00:00:01,000\n<img src="http://127.0.0.1/">\n',
    metadata: ';FFMETADATA1\ntitle=x\n',
    imagemagick: 'push graphic-context\nfill \'url(https://127.0.0.1/"|id")\'\npop graphic-context\n',
    postscript: '%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n',
    pdf: '%PDF-1.7\n1 0 obj\n',
    pickle: '\x80\x04\x95\x1d\0\0\0\0\0\0\0\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.',
    zip: 'PK\x03\x04\x14\0\0\0\x08\0../../etc/passwd',
    tar: `${'../../etc/cron.d/x'.padEnd(257, '\0')}ustar\x0000`.padEnd(1024, '\0'),
    'seven zip': '7z\xbc\xaf\x27\x1c\0\x04',
    elf: '\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0',
    gif: 'GIF89a\x01\0\x01\0\0\0\0;',
    bmp: 'BM\x3a\0\0\0\0\0\0\0\x36\0\0\0',
    tiff: 'II*\0\x08\0\0\0\0\0',
    icon: '\0\0\x01\0\x01\0\x10\x10\0\0',
    avif: '\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf',
    safetensors: '\x08\0\0\0\0\0\0\0{"a":{}}',
    sqlite: 'SQLite format 3\0',
    shell: '#!/bin/sh\nid\n',
    nothing: '\0',
  };
  const bytesOf = (text: string) => Buffer.from(text, 'latin1');

  describe.each(Object.entries(texts))('%s', (_name, text) => {
    test.each([asImage, asAudio, asVideo])('sent as its kind: %p', async (wrap) => {
      const { status, body } = await refused(wrap(bytesOf(text)));
      expect([status, body.code]).toEqual([415, 'wrong_media_type']);
      expect(body.details.issues[0].path).toMatch(/^\/input\/(sourceImage|sourceAudio|videos\/0)$/);
    });
  });

  const { playlist, concat, dash, html, svg } = texts;
  const disguises: [what: string, body: object][] = [
    ['a playlist behind an MP4’s first bytes', asVideo(bytesOf(isoStart + playlist))],
    ['a concat list behind an MP4’s first bytes', asVideo(bytesOf(isoStart + concat))],
    ['a DASH manifest behind an MP4’s first bytes', asVideo(bytesOf(isoStart + dash))],
    [
      'a playlist behind WebM’s first bytes',
      asVideo(bytesOf(`\x1a\x45\xdf\xa3\x93\x42\x82\x84webm${playlist}`)),
    ],
    ['a playlist behind an ID3 tag', asAudio(bytesOf(`ID3\x03\0\0\0\0\0\0${playlist}`))],
    ['a playlist behind a WAVE header', asAudio(bytesOf(`RIFF\x24\0\0\0WAVE${playlist}`))],
    [
      'a DASH manifest in an Ogg page',
      asAudio(bytesOf(`OggS\0\x02${'\0'.repeat(20)}\x01\x13OpusHead${dash}`)),
    ],
    ['HTML behind PNG’s first bytes', asImage(bytesOf(`\x89PNG\r\n\x1a\n${html}`))],
    ['SVG behind JPEG’s first bytes', asImage(bytesOf(`\xff\xd8\xff\xe0${svg}`))],
    ['SVG behind WebP’s first bytes', asImage(bytesOf(`RIFF\x24\0\0\0WEBP${svg}`))],
  ];
  test.each(disguises)('%s', async (_what, body) => {
    const { status } = await refused(body);
    expect([415, 422]).toContain(status);
  });

  test('one kind sent as another', async () => {
    expect((await refused(asAudio(small))).status).toBe(415);
    expect((await refused(asVideo(small))).status).toBe(415);
    expect((await refused(asImage(bytesOf('RIFF\x24\0\0\0WAVEfmt ')))).status).toBe(415);
  });
});

describe('a bomb', () => {
  /** 10,000 × 10,000 pixels of one colour in 38 bytes of lossless WebP. */
  const tinyWebp = Buffer.from('UklGRh4AAABXRUJQVlA4TBEAAAAvD+fDCQcQERGDov8BCwA=', 'base64');

  test.each([
    ['30,000 × 30,000', pngFile({ width: 30_000, height: 30_000, bits: 1, color: 'grey' }), 413],
    ['2^31 × 2^31', pngFile({ width: 2 ** 31 - 1, height: 2 ** 31 - 1, data: Buffer.alloc(9) }), 422],
    ['100,000,000 × 1', pngFile({ width: 1e8, height: 1, bits: 1, color: 'grey' }), 413],
    ['1 × 10,000,000', pngFile({ width: 1, height: 1e7, bits: 1, color: 'grey' }), 413],
    ['0 × 0', pngFile({ width: 0, height: 0, data: Buffer.alloc(9) }), 422],
    [
      '16 × 16 with data for none of it',
      pngFile({ width: 16, height: 16, data: deflateSync(Buffer.alloc(3)) }),
      422,
    ],
  ])('of pixels: %s', async (_size, png, status) => {
    expect((await refused(asImage(png))).status).toBe(status);
  });

  test('of frames: animations are no pictures', async () => {
    const noise = Buffer.from(
      Uint8Array.from({ length: 32 * 32 * 40 * 3 }, (_, i) => (i * 7919) >> (i % 13)),
    );
    const frames = sharp(noise, { raw: { width: 32, height: 32 * 40, channels: 3, pageHeight: 32 } });
    expect((await refused(asImage(await frames.webp().toBuffer(), 'image/webp'))).status).toBe(415);
    expect((await refused(asImage(await frames.gif().toBuffer()))).status).toBe(415);
  });

  test('of decompression costs bounded memory, however many at once', async () => {
    const text = deflateSync(Buffer.alloc(50_000_000));
    const chunks = ['zTXt', 'iCCP', 'iTXt'].map((type) =>
      pngChunk(type, Buffer.concat([Buffer.from('a\0\0'), text])),
    );
    const bombs = [
      pngFile({ width: 10_000, height: 10_000, bits: 1, color: 'grey' }),
      pngFile({ width: 64, height: 64, chunks }),
      pngFile({ width: 64, height: 64, data: deflateSync(Buffer.alloc(200_000_000)) }),
      tinyWebp,
      tinyWebp,
      tinyWebp,
    ];
    const answers = await Promise.all(bombs.map((bomb) => appliance.post(quotePath, asImage(bomb))));
    for (const { status } of answers) expect([200, 413, 422]).toContain(status);
    expect((await appliance.memory()).peakBytes).toBeLessThan(1.6e9);
  });

  test('of silence', async () => {
    const path = (name: string) => join(folder, name);
    const silence = ['-f', 'lavfi', '-i', 'anullsrc=r=8000:cl=mono', '-t', '600'];
    await ffmpeg([
      ...silence,
      path('a.flac'),
      '-t',
      '600',
      '-b:a',
      '6k',
      '-frame_duration',
      '60',
      path('a.opus'),
    ]);
    await ffmpeg([...silence, '-b:a', '8k', path('a.mp3')]);
    for (const [name, type] of [
      ['a.flac', 'audio/flac'],
      ['a.opus', 'audio/ogg'],
      ['a.mp3', 'audio/mpeg'],
    ] as const) {
      const { status, body } = await refused(asAudio(await Bun.file(path(name)).bytes(), type));
      expect([name, status, body.details.issues[0].code]).toEqual([name, 422, 'too_long']);
    }
  });

  /** WAVE with a header that says anything. */
  const wave = (hertz: number, channels: number, bits: number) => {
    const header = Buffer.alloc(44 + 4000);
    header.write('RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0', 'latin1');
    header.writeUInt16LE(channels, 22);
    header.writeUInt32LE(hertz, 24);
    header.writeUInt32LE(Math.min(2 ** 32 - 1, (hertz * channels * bits) / 8), 28);
    header.writeUInt16LE(Math.min(65_535, (channels * bits) / 8), 32);
    header.writeUInt16LE(bits, 34);
    header.write('data', 36);
    header.writeUInt32LE(4000, 40);
    return header;
  };
  test.each([
    ['0 Hz', wave(0, 1, 16)],
    ['4 GHz', wave(2 ** 32 - 1, 1, 16)],
    ['no channel', wave(44_100, 0, 16)],
    ['65,535 channels', wave(44_100, 65_535, 16)],
    ['1 Hz, so that it lasts', wave(1, 1, 8)],
    ['no bits', wave(44_100, 1, 0)],
  ])('of sound: %s', async (_what, bytes) => {
    const { status } = await refused(asAudio(bytes));
    expect(status).toBe(422);
  });

  test('of film: absurd lengths and sizes', async () => {
    const path = join(folder, 'clip.mp4');
    const source = ['-f', 'lavfi', '-i', 'testsrc2=size=64x64:rate=10', '-t', '1'];
    await ffmpeg([...source, '-c:v', 'libx264', '-preset', 'ultrafast', path]);
    const clip = Buffer.from(await Bun.file(path).bytes());
    const patched = (box: string, offset: number, value: number) => {
      const copy = Buffer.from(clip);
      copy.writeUInt32BE(value, copy.indexOf(box) + 4 + offset);
      return copy;
    };
    // Of `stts` the first run's sample delta, of `mdhd` the time scale, of `stsz` the sample count.
    for (const bytes of [
      patched('stts', 12, 0x7fffffff),
      patched('mdhd', 12, 1),
      patched('stsz', 8, 0x7fffffff),
    ]) {
      expect((await refused(asVideo(bytes))).status).toBe(422);
    }
    const large = join(folder, 'large.mp4');
    const frame = ['-f', 'lavfi', '-i', 'color=size=8192x4320:rate=10', '-frames:v', '1'];
    await ffmpeg([...frame, '-c:v', 'libx264', '-preset', 'ultrafast', large]);
    const { status, body } = await refused(asVideo(await Bun.file(large).bytes()));
    expect([status, body.code]).toEqual([413, 'media_too_large']);
  });
});

describe('names and ids', () => {
  const traversals = [
    ...[
      '../../etc/passwd',
      '..%2f..%2fetc%2fpasswd',
      '..%252f..%252fetc%252fpasswd',
      '%2e%2e/%2e%2e/etc/passwd',
    ],
    ...[
      '%252e%252e/x',
      '..%c0%af..%c0%afetc/passwd',
      '..%5c..%5cetc%5cpasswd',
      '..\\..\\etc\\passwd',
      '....//....//x',
    ],
    ...[
      'job_1/..%00.png',
      '%00/x',
      '%zz/x',
      '%ff/x',
      'job_1/%2e%2e%2fin%2fsource.png',
      'job_1/in/source.png',
    ],
    ...[
      'job_1/.',
      'job_1/..',
      './x',
      '../x',
      '~root/x',
      'file:%2f%2f/etc',
      'CON/NUL',
      '__proto__/constructor',
    ],
  ];
  test.each(traversals)('/files/%s', async (name) => {
    for (const query of [
      '',
      '?exp=9999999999&sig=AAAA',
      '?exp=%00&sig[]=x',
      '?exp=1e999&sig=',
      '?sig=a&sig=b&exp=1',
    ]) {
      const head = `GET /files/${name}${query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
      const answer = await rawRequest(appliance.port, [head]);
      expect(answer).toMatch(/^HTTP\/1\.1 (400|403|404|422) /);
      expect(answer).not.toContain('root:');
    }
  });

  test.each(['/docs/', '/', '/api/v1/', '//', '/docs/..%2f..%2f'])(
    '%s serves no file of the project',
    async (path) => {
      for (const name of [
        '../package.json',
        '..%2fpackage.json',
        '%2e%2e/package.json',
        '..%252fpackage.json',
        'package.json',
      ]) {
        const head = `GET ${path}${name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
        expect(await rawRequest(appliance.port, [head])).toMatch(/^HTTP\/1\.1 (400|404) /);
      }
    },
  );

  test.each(
    named([
      ...[
        '../../x',
        '..%2f..%2fx',
        '%00',
        '%zz',
        '%ff',
        '%252e%252e',
        "' OR 1=1 --",
        '__proto__',
        'job_',
        'x'.repeat(100),
      ],
    ]),
  )('the job %s', async (_name, id) => {
    const query = id.includes('%') ? id : encodeURIComponent(id);
    for (const path of [`${submitPath}?jobId=${query}`, `${submitPath}/events?jobId=${query}`]) {
      const { status, body } = await appliance.get(path);
      expect([status, body.code]).toEqual([404, 'not_found']);
    }
  });

  test.each([
    ...['limit=1.5', 'limit=0', 'limit=-1', 'limit=101', 'limit=NaN', 'limit=1e999', 'limit='],
    ...[
      'cursor=1e5',
      'cursor=-1',
      "cursor='",
      'cursor=99999999999999999999',
      'status=x',
      'status=__proto__',
      'jobId=',
    ],
    ...[`jobId=${'x'.repeat(101)}`],
  ])('the list ?%s', async (query) => {
    expect([400, 422]).toContain((await appliance.get(`${submitPath}?${query}`)).status);
  });
});

describe('headers', () => {
  /** A submit that would be taken but for this header, byte for byte. */
  const withHeader = (header: string, body = image(',"seed":"x"')) => {
    const own = header.split(':')[0]?.toLowerCase() ?? '';
    const usual: [string, string][] = [
      ['Host', 'localhost'],
      ['Authorization', `Bearer ${appliance.apiKey}`],
      ['Content-Type', 'application/json'],
      ['Content-Length', String(body.length)],
    ];
    const lines = usual.filter(([name]) => name.toLowerCase() !== own && own !== 'transfer-encoding');
    const kept = own === 'transfer-encoding' ? usual.slice(0, 3) : lines;
    const head = kept.map(([name, value]) => `${name}: ${value}`).concat(header, 'Connection: close');
    return rawRequest(appliance.port, [`POST ${submitPath} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${body}`]);
  };

  test.each(
    named([
      ...[
        'X-Idempotency-Key: a b',
        'X-Idempotency-Key: \xe9',
        'X-Idempotency-Key: a\x7f',
        'X-Idempotency-Key: a\0b',
      ],
      ...[`X-Idempotency-Key: ${'x'.repeat(256)}`, 'Idempotency-Key: ключ'],
      ...[
        'Host: ][',
        'Host: a b',
        'Host: a:99999',
        'Host: ',
        'Host: a/b@c',
        'Content-Length: -1',
        'Content-Length: x',
      ],
      ...[
        'Content-Length: 0x10',
        'Content-Length: 99999999999',
        'Transfer-Encoding: gzip, chunked',
        'Transfer-Encoding: x',
      ],
      ...['Transfer-Encoding: chunked\r\nContent-Length: 5', ' folded: x', 'Bad Header: x', ': x', 'X-\0: y'],
    ]),
  )('%s', async (_name, header) => {
    const idempotent = image('').replace('"x"', '"a good one"');
    expect(await withHeader(header, idempotent)).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  test.each(
    named([
      'a\r\nX-Evil: 1',
      'a\nSet-Cookie: x=1',
      '<script>',
      '\xe9',
      'x'.repeat(10_000),
      '../../x',
      '%0d%0aX-Evil: 1',
    ]),
  )('X-Request-Id %s is not echoed', async (_name, id) => {
    const answer = await withHeader(`X-Request-Id: ${id}`);
    const [head = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(head).not.toMatch(/^(x-evil|set-cookie):/im);
    expect(/^x-request-id: (.*)$/im.exec(head)?.[1]?.trim() ?? 'a').toMatch(/^(req_[0-9a-f-]{13}|a)$/);
  });

  test.each(
    named(['null', 'http://a:99999999', 'http://evil.example', 'file://', '\0', 'chrome-extension://x']),
  )('Origin %s is given nothing that a page could read', async (_name, origin) => {
    const [head = ''] = (await withHeader(`Origin: ${origin}`)).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(head).not.toMatch(/access-control-allow/i);
  });

  test.each(
    named([
      'kt_live_x',
      '',
      'null',
      '\0',
      'x'.repeat(10_000),
      "' OR 1=1",
      '../../first-run.txt',
      'Basic YTpi',
    ]),
  )('the key %s', async (_name, key) => {
    for (const name of ['Authorization: Bearer', 'Authorization:', 'Authorization: Basic']) {
      expect(await withHeader(`${name} ${key}`)).toMatch(/^HTTP\/1\.1 (400|401|431) /);
    }
  });
});

describe('many requests at once', () => {
  test('under one idempotency key are one job', async () => {
    const body = { task: 'image.generate', input: { prompt: 'a fox', width: 64, height: 64 } };
    const headers = { 'x-idempotency-key': 'the-same' };
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => appliance.post(submitPath, body, headers)),
    );
    const taken = answers.filter(({ status }) => status === 202);
    expect(answers.filter(({ status }) => status !== 202 && status !== 409)).toEqual([]);
    expect(new Set(taken.map(({ body: { jobId } }) => jobId)).size).toBe(1);
    const other = { ...body, input: { ...body.input, prompt: 'a bear' } };
    expect((await appliance.post(submitPath, other, headers)).body.code).toBe('idempotency_key_reuse');
    const [id] = taken.map(({ body: { jobId } }) => jobId);
    while ((await appliance.get(`${submitPath}?jobId=${id}`)).body.finishedAt === null) await Bun.sleep(10);
    const after = await appliance.state();
    const charged = before.balanceMicros - after.balanceMicros;
    before = after;
    expect([after.jobs, charged]).toEqual([[id], taken[0]?.body.billing.amountMicros]);
  }, 30_000);
});

describe('what a runner brings', () => {
  let faked: AttackedAppliance;
  beforeAll(async () => {
    faked = await startAttackedAppliance({ modelsFolder: fakeModels() });
  });
  afterAll(() => faked[Symbol.asyncDispose]());

  const json = 'application/json';
  test.each([
    ['a page', 'a.html', 'text/html', '<script>alert(1)</script>'],
    ['a page that is called JSON', 'a.json', json, '<script>alert(1)</script>'],
    ['a drawing', 'a.svg', 'image/svg+xml', '<svg onload="alert(1)"/>'],
    ['a drawing that is called a PNG', 'a.png', 'image/png', '<svg onload="alert(1)"/>'],
    ['a script', 'a.js', 'text/javascript', 'alert(1)'],
    ['a name that leads elsewhere', '../evil.json', json, '{}'],
  ])('%s fails its job, and the price comes back', async (_what, filename, mimeType, text) => {
    const start = await faked.state();
    const body = fakeJob({ outputs: [{ filename, mimeType, text }] });
    const { body: submitted } = await faked.post(submitPath, body);
    const poll = () => faked.get(`${submitPath}?jobId=${submitted.jobId}`);
    while ((await poll()).body.finishedAt === null) await Bun.sleep(10);
    const { body: job } = await poll();
    expect([job.status, job.downloadableOutputUrls, job.billing.refunded]).toEqual(['failed', [], true]);
    const { balanceMicros, files } = await faked.state();
    expect({ balanceMicros, files }).toEqual({ balanceMicros: start.balanceMicros, files: [] });
  });
});
