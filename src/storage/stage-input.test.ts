import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { InvalidInput } from '../errors.ts';
import { silentLog } from '../log.ts';
import type { MediaReference } from '../media/media-input.ts';
import { createGuardedFetch } from '../net/guarded-fetch.ts';
import { MediaTooLarge, WrongMediaType } from './media-refused.ts';
import { createOwnFileReader } from './own-files.ts';
import { createUrlSigner } from './signed-url.ts';
import { createStaging, type Staging } from './stage-input.ts';
import type { StagingLimits } from './staging-limits.ts';
import { createUploads } from './uploads.ts';
import { base64, firstPart, makeTestMedia, type TestMedia } from './test-media.ts';

const limits: StagingLimits = {
  imageBytesMax: 1_000_000,
  audioBytesMax: 1_000_000,
  videoBytesMax: 2_000_000,
  imagePixelsMax: 1_000_000,
  videoPixelsMax: 1_000_000,
  audioSecondsMax: 60,
  videoSecondsMax: 60,
  fetchSecondsMax: 20,
  requestBytesMax: 10_000_000,
  requestSecondsMax: 60,
  probeSecondsMax: 20,
  referencesMax: 8,
};
const now = Date.parse('2026-01-01T00:00:00Z');
const signer = createUrlSigner(new Uint8Array(32).fill(7));

let media: TestMedia;
let filesRoot: string;
let server: ReturnType<typeof Bun.serve>;
let served: string[] = [];

beforeAll(async () => {
  media = await makeTestMedia();
  filesRoot = await mkdtemp(join(tmpdir(), 'kt-files-'));
  server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      const name = new URL(request.url).pathname.slice(1);
      served.push(name);
      if (name === 'missing') return new Response('no', { status: 404 });
      if (name === 'never') return new Promise<Response>(() => {});
      return new Response(Bun.file(media.path(name)), { headers: { 'content-type': 'text/html' } });
    },
  });
});
afterAll(async () => {
  await server.stop(true);
  await media[Symbol.asyncDispose]();
  await rm(filesRoot, { recursive: true });
});

function staging(changes: Partial<StagingLimits> = {}): Staging {
  return createStaging({
    filesRoot,
    limits: { ...limits, ...changes },
    guardedFetch: createGuardedFetch({ allowPrivateNetworks: false, trustedOrigins: [server.url.origin] }),
    readOwnFile: createOwnFileReader({
      ...{ filesRoot, signer, clock: () => now, findKept: () => null },
      uploads: createUploads({ filesRoot, secret: new Uint8Array(32) }),
    }),
    room: { assertFor: () => Promise.resolve() },
    log: silentLog,
  });
}

function reference(input: MediaReference['input'], changes: Partial<MediaReference> = {}): MediaReference {
  return { pointer: '/input/sourceImage', kind: 'image', stem: 'source', input, ...changes };
}

/** Stages one reference that has to be taken in. */
async function stageGood(input: MediaReference['input'], changes: Partial<MediaReference> = {}) {
  const outcome = await staging().stage([reference(input, changes)]);
  if (!outcome.ok) throw outcome.error;
  const staged = [...outcome.staged.values()][0];
  if (!staged) throw new Error('nothing was staged');
  return { staged, path: join(outcome.folder, staged.name), folder: outcome.folder };
}

/** Stages one reference that has to be refused; answers its issue and error. */
async function stageBad(
  input: MediaReference['input'],
  changes: Partial<MediaReference> = {},
  limitChanges: Partial<StagingLimits> = {},
) {
  const before = await readdir(join(filesRoot, 'staging')).catch(() => []);
  const outcome = await staging(limitChanges).stage([reference(input, changes)]);
  if (outcome.ok) throw new Error('it was taken in');
  expect(await readdir(join(filesRoot, 'staging')).catch(() => [])).toEqual(before);
  return { code: outcome.issues[0]?.code, message: outcome.issues[0]?.message, error: outcome.error };
}

const url = (name: string) => new URL(name, server.url).href;
const inline = async (name: string, mimeType: string) => ({
  dataBase64: base64(await media.bytes(name)),
  mimeType,
});
const sha256 = async (name: string) =>
  new Bun.CryptoHasher('sha256').update(await media.bytes(name)).digest('hex');

describe('what is taken in', () => {
  test.each([
    ['photo.png', 'image/png'],
    ['photo.jpg', 'image/jpeg'],
    ['photo.webp', 'image/webp'],
  ])('an image by URL, as it is: %s', async (name, mimeType) => {
    const { staged, path } = await stageGood(url(name));
    const bytes = await media.bytes(name);
    expect(staged).toEqual({
      ...{ kind: 'image', name: name.replace('photo', 'source'), mimeType, bytes: bytes.length },
      ...{ sha256: await sha256(name), source: url(name), width: 160, height: 96 },
    });
    expect(await Bun.file(path).bytes()).toEqual(bytes);
  });

  test.each([
    ['tone.mp3', 'audio/mpeg', 'voice.mp3'],
    ['tone-cover.mp3', 'audio/mpeg', 'voice.mp3'],
    ['tone.wav', 'audio/wav', 'voice.wav'],
    ['tone.flac', 'audio/flac', 'voice.flac'],
    ['tone.opus', 'audio/ogg', 'voice.opus'],
    ['tone.ogg', 'audio/ogg', 'voice.ogg'],
    ['tone.aac', 'audio/aac', 'voice.aac'],
    ['tone.m4a', 'audio/mp4', 'voice.m4a'],
    ['tone-live.webm', 'audio/webm', 'voice.webm'],
  ])('a sound file: %s', async (name, mimeType, stagedName) => {
    const { staged } = await stageGood(url(name), { kind: 'audio', stem: 'voice' });
    expect(staged).toMatchObject({ kind: 'audio', mimeType, name: stagedName, hasAudio: true });
    expect(Math.abs((staged.durationSeconds ?? 0) - 2)).toBeLessThan(0.1);
  });

  test.each([
    ['clip.mp4', 'video/mp4', true],
    ['clip.mov', 'video/quicktime', true],
    ['clip.webm', 'video/webm', true],
    ['clip.mkv', 'video/x-matroska', true],
    ['clip-silent.mp4', 'video/mp4', false],
  ])('a video with its exact frames: %s', async (name, mimeType, hasAudio) => {
    const { staged } = await stageGood(url(name), { kind: 'video' });
    expect(staged).toMatchObject({ kind: 'video', mimeType, hasAudio, frames: 30, width: 160, height: 96 });
    expect(Math.abs((staged.durationSeconds ?? 0) - 1.001)).toBeLessThan(0.05);
    const { numerator = 0, denominator = 1 } = staged.frameRate ?? {};
    expect(Math.abs(numerator / denominator - 30000 / 1001)).toBeLessThan(0.05);
  });

  test('sizes are those on the screen, after rotation', async () => {
    const photo = await stageGood(url('photo-turned.jpg'));
    expect(photo.staged).toMatchObject({ width: 96, height: 160 });
    const clip = await stageGood(url('clip-turned.mp4'), { kind: 'video' });
    expect(clip.staged).toMatchObject({ width: 96, height: 160 });
  });

  test('a data URI, base64, and base64 that is a data URI are the same file', async () => {
    const data = base64(await media.bytes('photo.jpg'));
    const lines = data.replace(/.{76}/g, '$&\r\n');
    for (const input of [
      `data:image/jpeg;base64,${data}`,
      { dataBase64: data, mimeType: 'image/jpeg' },
      { dataBase64: lines, mimeType: 'image/jpeg' },
      { dataBase64: `data:image/jpeg;base64,${data}`, mimeType: 'image/jpeg' },
    ]) {
      const { staged } = await stageGood(input);
      expect(staged).toMatchObject({
        sha256: await sha256('photo.jpg'),
        source: 'inline',
        name: 'source.jpg',
      });
    }
  });

  test('the bytes decide the type where the claim is of the same kind', async () => {
    const { staged } = await stageGood(await inline('photo.jpg', 'image/png'));
    expect(staged).toMatchObject({ mimeType: 'image/jpeg', name: 'source.jpg' });
  });

  test("the appliance's own file is read from disk, whatever the origin, and no server is asked", async () => {
    const out = join(filesRoot, 'jobs', 'job_1', 'out');
    await Bun.write(join(out, 'image.png'), Bun.file(media.path('photo.png')));
    const signed = signer.sign({ jobId: 'job_1', filename: 'image.png', expiresAt: now + 60_000 });
    served = [];
    for (const own of [signed, `http://127.0.0.1:1${signed}`, `https://media.example${signed}`]) {
      const { staged } = await stageGood(own);
      expect(staged).toMatchObject({ sha256: await sha256('photo.png'), source: '/files/job_1/image.png' });
    }
    expect(served).toEqual([]);
  });

  test('the same input named twice is fetched once and has both names', async () => {
    served = [];
    const outcome = await staging().stage([
      reference(url('photo.png'), { pointer: '/input/referenceImages/0', stem: 'reference-1' }),
      reference(url('photo.png'), { pointer: '/input/referenceImages/1', stem: 'reference-2' }),
    ]);
    if (!outcome.ok) throw outcome.error;
    expect(served).toEqual(['photo.png']);
    expect((await readdir(outcome.folder)).toSorted()).toEqual(['reference-1.png', 'reference-2.png']);
    expect(outcome.staged.get('/input/referenceImages/1')?.name).toBe('reference-2.png');
  });

  test('an adopted folder is the in-folder of its job; a discarded one is gone', async () => {
    const { folder, staged } = await stageGood(url('photo.png'));
    const adopted = await staging().adoptStaged(folder, 'job_2');
    expect(adopted).toBe(join(filesRoot, 'jobs', 'job_2', 'in'));
    expect(await readdir(adopted)).toEqual([staged.name]);
    const other = await stageGood(url('photo.png'));
    await staging().discardStaged(other.folder);
    expect(await readdir(join(filesRoot, 'staging'))).not.toContain(other.folder.split('/').at(-1));
    await expect(staging().discardStaged(filesRoot)).rejects.toThrow('Not a staging folder');
  });
});

describe('inline images', () => {
  test('a PNG becomes lossless WebP where that is smaller, every pixel as it was', async () => {
    const { staged, path } = await stageGood(await inline('photo.png', 'image/png'));
    expect(staged).toMatchObject({
      name: 'source.webp',
      mimeType: 'image/webp',
      sha256: await sha256('photo.png'),
    });
    expect(staged.bytes).toBe(Bun.file(path).size);
    expect(staged.bytes).toBeLessThan((await media.bytes('photo.png')).length);
    const pixels = (file: string) => sharp(file).removeAlpha().raw().toBuffer();
    expect(await pixels(path)).toEqual(await pixels(media.path('photo.png')));
  });

  test('colour under full transparency survives', async () => {
    const hidden = Buffer.alloc(64 * 64 * 4, 0);
    for (let i = 0; i < hidden.length; i += 4)
      hidden.set([i % 251, (i * 7) % 253, 90, i % 8 === 0 ? 0 : 255], i);
    const raw = { width: 64, height: 64, channels: 4 } as const;
    const png = await sharp(hidden, { raw }).png().toBuffer();
    const { staged, path } = await stageGood({ dataBase64: base64(png), mimeType: 'image/png' });
    expect(staged.name).toBe('source.webp');
    expect(await sharp(path).ensureAlpha().raw().toBuffer()).toEqual(hidden);
  });

  test('16-bit and colour-managed PNGs keep their bytes', async () => {
    const wide = await sharp(media.path('photo.png')).toColourspace('rgb16').png().toBuffer();
    const managed = await sharp(media.path('photo.png')).withIccProfile('p3').png().toBuffer();
    for (const png of [wide, managed]) {
      const { staged, path } = await stageGood({ dataBase64: base64(png), mimeType: 'image/png' });
      expect(staged.name).toBe('source.png');
      expect(Buffer.from(await Bun.file(path).bytes()).equals(png)).toBe(true);
    }
  });
});

describe('what is refused', () => {
  test.each([
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml', 'image'],
    ['<!doctype html><script>1</script>', 'image/png', 'image'],
    ['#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n', 'video/mp4', 'video'],
    ['ffconcat version 1.0\nfile /etc/passwd\n', 'video/mp4', 'video'],
    ['<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>', 'video/mp4', 'video'],
  ] as const)('text of any sort: %s', async (text, mimeType, kind) => {
    const { code, error } = await stageBad({ dataBase64: btoa(text), mimeType }, { kind });
    expect(code).toBe('wrong_media');
    expect(error).toBeInstanceOf(WrongMediaType);
    expect(error.status).toBe(415);
  });

  test('a sound file with a playlist or a DASH manifest inside is not read as one', async () => {
    const manifest =
      '<MPD profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><BaseURL>file:///etc/passwd</BaseURL></MPD>';
    const wav = Buffer.concat([Buffer.from('RIFF\x24\x10\0\0WAVE'), Buffer.from(manifest)]);
    const tag = Buffer.from([0x49, 0x44, 0x33, 3, 0, 0, 0, 0, 0, 0]);
    const mp3 = Buffer.concat([tag, Buffer.from('#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n')]);
    for (const file of [wav, mp3]) {
      const { code } = await stageBad({ dataBase64: base64(file), mimeType: 'audio/wav' }, { kind: 'audio' });
      expect(['unreadable', 'wrong_media']).toContain(code ?? '');
    }
  });

  test('a file that ffmpeg would read as something else than its start says', async () => {
    const tagBytes = 9000; // beyond what is sniffed, so that the file passes for MP3
    const tag = [0x49, 0x44, 0x33, 3, 0, 0, 0, 0, tagBytes >> 7, tagBytes & 127];
    const disguised = Buffer.concat([
      Buffer.from(tag),
      Buffer.alloc(tagBytes),
      await media.bytes('tone.flac'),
    ]);
    const { code } = await stageBad(
      { dataBase64: base64(disguised), mimeType: 'audio/mpeg' },
      { kind: 'audio' },
    );
    expect(code).toBe('unreadable');
  });

  test('media of another kind than the field takes', async () => {
    expect((await stageBad(url('tone.mp3'))).code).toBe('wrong_media');
    expect((await stageBad(url('photo.png'), { kind: 'audio' })).code).toBe('wrong_media');
    expect((await stageBad(url('clip.mp4'), { kind: 'audio' })).message).toBe(
      'The file is a video; audio is needed.',
    );
    expect((await stageBad(url('tone.m4a'), { kind: 'video' })).code).toBe('wrong_media');
    expect((await stageBad(url('moving.gif'))).code).toBe('wrong_media');
    const claimed = await stageBad(await inline('photo.png', 'audio/wav'));
    expect(claimed.message).toBe('The file is sent as audio/wav; an image is needed.');
  });

  test('an animated image', async () => {
    const webp = await sharp(media.path('moving.gif'), { animated: true }).webp().toBuffer();
    expect((await stageBad({ dataBase64: base64(webp), mimeType: 'image/webp' })).code).toBe('wrong_media');
  });

  test.each([
    ['photo.png', 'image', 0.9],
    ['photo.jpg', 'image', 0.8],
    ['photo.webp', 'image', 0.8],
    ['noise.png', 'image', 0.98],
    ['clip.mp4', 'video', 0.6],
    ['tone.m4a', 'audio', 0.6],
  ] as const)('a file that is cut short: %s (%s, %d)', async (name, kind, fraction) => {
    const cut = base64(firstPart(await media.bytes(name), fraction));
    const { code, error } = await stageBad({ dataBase64: cut, mimeType: `${kind}/x` }, { kind });
    expect(code).toBe('unreadable');
    expect(error.status).toBe(422);
  });

  test.each([
    ['an image', 'image', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
    ['sound', 'audio', [0xff, 0xfb, 0x90, 0x64]],
    ['a video', 'video', [0, 0, 0, 0x18, 0x66, 0x74, 0x79, 0x70, 0x69, 0x73, 0x6f, 0x6d]],
  ] as const)('garbage that begins like %s', async (_, kind, magic) => {
    const garbage = Buffer.concat([Buffer.from(magic), Buffer.alloc(5000, 0xa5)]);
    const { code } = await stageBad({ dataBase64: base64(garbage), mimeType: `${kind}/x` }, { kind });
    expect(code).toBe('unreadable');
  });

  test.each([
    ['no base64 at all', 'not base64!'],
    ['the URL alphabet', '_-_-'],
    ['missing padding', 'iVBORw0KGg'],
    ['stray bits in the last group', 'iVBORw0KGh=='],
    ['spaces', 'iVBO Rw0K'],
    ['a data URI without base64', 'data:image/png,abc'],
    ['nothing', 'data:image/png;base64,'],
  ])('inline data that is wrongly encoded: %s', async (_, dataBase64) => {
    const { code, error } = await stageBad({ dataBase64, mimeType: 'image/png' });
    expect(code).toBe('bad_encoding');
    expect(error).toBeInstanceOf(InvalidInput);
  });

  test('bytes, pixels and seconds beyond their limits', async () => {
    const bytes = await stageBad(url('photo.png'), {}, { imageBytesMax: 1000 });
    expect(bytes.error).toBeInstanceOf(MediaTooLarge);
    expect(bytes.error.status).toBe(413);
    const inlined = await stageBad(await inline('photo.png', 'image/png'), {}, { imageBytesMax: 1000 });
    expect(inlined.error.status).toBe(413);
    expect((await stageBad(url('photo.png'), {}, { imagePixelsMax: 160 * 96 - 1 })).code).toBe('too_large');
    expect((await stageBad(url('tone.wav'), { kind: 'audio' }, { audioSecondsMax: 1 })).code).toBe(
      'too_long',
    );
    expect((await stageBad(url('clip.mp4'), { kind: 'video' }, { videoSecondsMax: 0.5 })).code).toBe(
      'too_long',
    );
    const field = await stageBad(url('tone.wav'), { kind: 'audio', durationSecondsMax: 1.5 });
    expect(field.message).toBe('The recording is longer than the 1.5 seconds allowed here.');
  });

  test('URLs that bring nothing, and URLs that lead inward', async () => {
    expect((await stageBad(url('missing'))).message).toBe('The URL answered with status 404.');
    for (const inward of [
      'http://127.0.0.1:1/a.png',
      'http://[::1]/',
      'file:///etc/passwd',
      'a.png',
      '/etc/passwd',
    ]) {
      expect((await stageBad(inward)).code).toBe('not_fetched');
    }
  });

  test("the appliance's own URL when it is expired, forged or its file deleted", async () => {
    const sign = (filename: string, expiresAt: number) =>
      signer.sign({ jobId: 'job_1', filename, expiresAt });
    expect((await stageBad(sign('image.png', now - 1000))).message).toContain('expired');
    expect((await stageBad(sign('gone.png', now + 1000))).message).toContain('deleted');
    expect((await stageBad('/files/job_1/image.png?exp=9999999999&sig=AAAA')).message).toContain(
      'not signed',
    );
  });

  test('every problem at once, in the order of the request', async () => {
    const outcome = await staging().stage([
      reference('ftp://example.com/a.png', { pointer: '/input/a', stem: 'a' }),
      reference(url('photo.png'), { pointer: '/input/b', stem: 'b' }),
      reference(url('tone.mp3'), { pointer: '/input/c', stem: 'c' }),
      reference({ dataBase64: '!', mimeType: 'image/png' }, { pointer: '/input/d', stem: 'd' }),
    ]);
    if (outcome.ok) throw new Error('it was taken in');
    expect(outcome.issues.map((issue) => `${issue.path} ${issue.code}`)).toEqual([
      ...['/input/a not_fetched', '/input/c wrong_media', '/input/d bad_encoding'],
    ]);
    expect(outcome.error.status).toBe(422);
    expect(outcome.error.details).toEqual({ issues: outcome.issues });
  });

  test('more files than a request may name', async () => {
    const many = Array.from({ length: 9 }, (_, i) =>
      reference(url('photo.png'), { pointer: `/${i}`, stem: `${i}` }),
    );
    const outcome = await staging().stage(many);
    expect(outcome.ok ? [] : outcome.issues.map((issue) => issue.path)).toEqual(['/8']);
  });

  test('a canceled request leaves nothing and says so', async () => {
    const canceled = new AbortController();
    const before = await readdir(join(filesRoot, 'staging'));
    const work = staging().stage([reference(url('never'))], { signal: canceled.signal });
    while (!served.includes('never')) await Bun.sleep(5);
    canceled.abort(new Error('the client went away'));
    await expect(work).rejects.toThrow('the client went away');
    await work.catch(() => {});
    expect(await readdir(join(filesRoot, 'staging'))).toEqual(before);
  });
});
