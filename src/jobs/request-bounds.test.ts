import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { hourMs } from '../clock.ts';
import {
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../testing/test-appliance.ts';
import { mayMount, mountTmpfs, type Tmpfs } from '../testing/tmpfs.ts';
import { until } from '../testing/until.ts';

/** Files that are each within their limits, and together too many bytes, too slow, or more than the disk has room for. */

const mebibyte = 1024 * 1024;
const modelsFolder = fakeModels();

let server: ReturnType<typeof Bun.serve>;
/** A picture of some four mebibytes. */
let picture: Uint8Array<ArrayBuffer>;
let openStreams = 0;

/** A body without an end. */
function endless(chunkBytes: number, pauseMs: number): Response {
  openStreams++;
  const stream = new ReadableStream({
    async pull(controller) {
      await Bun.sleep(pauseMs);
      controller.enqueue(new Uint8Array(chunkBytes));
    },
    cancel() {
      openStreams--;
    },
  });
  return new Response(stream);
}

beforeAll(async () => {
  const noise = new Uint8Array(1200 * 1200 * 3);
  for (let at = 0; at < noise.length; at += 60_000) {
    crypto.getRandomValues(noise.subarray(at, at + 60_000));
  }
  const raw = { width: 1200, height: 1200, channels: 3 } as const;
  picture = new Uint8Array(await sharp(noise, { raw }).png({ compressionLevel: 0 }).toBuffer());
  server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith('/fast')) return endless(64 * 1024, 0);
      if (pathname.startsWith('/slow')) return endless(32 * 1024, 50);
      return new Response(picture);
    },
  });
});
afterAll(() => server.stop(true));

let appliance: TestAppliance;
let disk: Tmpfs | undefined;
afterEach(async () => {
  await appliance.stop();
  disk?.[Symbol.dispose]();
  disk = undefined;
});

async function start(environment: Record<string, string>, dataFolder?: string, clock?: () => number) {
  appliance = await startTestAppliance({
    dataFolder: dataFolder ?? mkdtempSync(join(tmpdir(), 'kt-bounds-')),
    modelsFolder,
    environment: { KT_INPUTS_TRUSTED_ORIGINS: server.url.origin, ...environment },
    ...(clock === undefined ? {} : { clock }),
  });
}
const urls = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => new URL(`${name}-${i}`, server.url).href);
const submit = (referenceImages: readonly unknown[]) =>
  appliance.call('POST', '/api/v1/media/jobs', { body: fakeJob({}, { referenceImages }) });
const staged = () => {
  const folder = join(appliance.dataFolder, 'files', 'staging');
  return existsSync(folder) ? readdirSync(folder) : [];
};

describe('the files of one request', () => {
  test('may have so many bytes together, by URL', async () => {
    const bytesMax = 2 * picture.byteLength + 1;
    await start({ KT_INPUTS_MAX_REQUEST_BYTES: String(bytesMax) });
    expect((await submit(urls('picture', 2))).status).toBe(202);
    const refused = await submit(urls('picture', 3));
    expect([refused.status, refused.body.code]).toEqual([413, 'media_too_large']);
    expect(refused.body.error).toContain(`${bytesMax} bytes allowed together`);
    expect(staged()).toEqual([]);
  });

  test('may have so many bytes together, inside the request', async () => {
    await start({ KT_INPUTS_MAX_REQUEST_BYTES: String(2 * picture.byteLength - 1) });
    const other = picture.slice();
    other[other.length - 1000] = 255 - (other[other.length - 1000] ?? 0);
    const inline = [picture, other].map((bytes) => ({
      mimeType: 'image/png',
      dataBase64: Buffer.from(bytes).toString('base64'),
    }));
    expect((await submit(inline.slice(0, 1))).status).toBe(202);
    expect((await submit(inline)).status).toBe(413);
    expect(staged()).toEqual([]);
  });

  test('are given up all at once when they pass it, also those that are still coming', async () => {
    await start({ KT_INPUTS_MAX_REQUEST_BYTES: String(8 * mebibyte) });
    const refused = await submit([...urls('slow', 3), ...urls('fast', 3)]);
    expect(refused.status).toBe(413);
    expect(refused.body.details.issues.map(({ path }: { path: string }) => path)).toEqual(
      Array.from({ length: 6 }, (_, i) => `/input/referenceImages/${i}`),
    );
    expect(staged()).toEqual([]);
    await until(() => openStreams === 0);
  });

  test('must have come within so many seconds, however busily they come', async () => {
    await start({ KT_INPUTS_STAGING_SECONDS: '0.5' });
    const refused = await submit([...urls('picture', 1), ...urls('slow', 6)]);
    expect([refused.status, refused.body.code]).toEqual([422, 'invalid_input']);
    const { issues } = refused.body.details;
    const messages = new Set(issues.map(({ message }: { message: string }) => message));
    expect([...messages]).toEqual(['Taking in the files of this request took longer than 0.5 seconds.']);
    expect(issues.length).toBe(6);
    expect(staged()).toEqual([]);
    await until(() => openStreams === 0);
  });
});

describe.skipIf(!mayMount)('files that the disk has no room for', () => {
  const lowWaterBytes = 32 * mebibyte;
  const free = () => {
    const { bavail, bsize } = statfsSync(appliance.dataFolder);
    return bavail * bsize;
  };
  const fillUpTo = (freeBytes: number) =>
    writeFileSync(join(appliance.dataFolder, 'filler.bin'), new Uint8Array(free() - freeBytes));
  const settings = { KT_STORAGE_LOW_WATER_BYTES: String(lowWaterBytes) };

  test('are stopped with 507 before they fill it, and leave nothing behind', async () => {
    disk = mountTmpfs(64 * mebibyte);
    await start(settings, disk.folder);
    let least = free();
    const looking = setInterval(() => (least = Math.min(least, free())), 1);
    const refused = await submit(urls('fast', 4));
    clearInterval(looking);
    expect([refused.status, refused.body.code]).toEqual([507, 'storage_full']);
    expect(least).toBeGreaterThan(lowWaterBytes - 8 * mebibyte);
    expect(staged()).toEqual([]);
    expect(free()).toBeGreaterThan(lowWaterBytes + 16 * mebibyte);
    await until(() => openStreams === 0);
    expect((await submit([])).status).toBe(202);
  });

  test('get the room of outputs past their promise', async () => {
    disk = mountTmpfs(96 * mebibyte);
    let now = Date.parse('2026-01-01T00:00:00Z');
    await start(settings, disk.folder, () => now);
    const output = { filename: 'a.json', text: '{}', mimeType: 'application/json', bytes: 8 * mebibyte };
    const body = fakeJob({ outputs: [output] });
    const { jobId } = (await appliance.call('POST', '/api/v1/media/jobs', { body })).body;
    expect((await untilJob(appliance, jobId)).status).toBe('succeeded');
    now += 49 * hourMs;
    fillUpTo(lowWaterBytes + 2 * mebibyte);
    expect((await submit(urls('picture', 2))).status).toBe(202);
    expect(existsSync(join(disk.folder, 'files', 'jobs', jobId, 'out'))).toBe(false);
  });
});
