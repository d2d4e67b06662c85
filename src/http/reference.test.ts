import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { validateBytes } from 'gltf-validator';
import sharp from 'sharp';
import { pcmSeconds, decodePcm } from '../media/pcm.ts';
import { probe, streamOf } from '../media/probe.ts';
import { makeReferenceFiles, pictureSvg } from '../testing/reference-files.ts';
import { type Answer, startTestAppliance, type TestAppliance, untilJob } from '../testing/test-appliance.ts';

/** Every curl example of the API reference, run as written by a shell against a listening appliance. */

const folder = join(import.meta.dir, '../testing/reference');
const examples = readdirSync(folder).sort();
const work = mkdtempSync(join(tmpdir(), 'kt-reference-'));

let files: Bun.Server<undefined>;
let appliance: TestAppliance;
let origin: string;
let replacements: [RegExp, string][];

beforeAll(async () => {
  await makeReferenceFiles(work);
  files = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: ({ url }) => new Response(Bun.file(join(work, new URL(url).pathname))),
  });
  const trusted = files.url.origin;
  appliance = await startTestAppliance({ environment: { KT_INPUTS_TRUSTED_ORIGINS: trusted } });
  appliance.app.listen({ hostname: '127.0.0.1', port: 0 });
  origin = `http://127.0.0.1:${appliance.app.server?.port}`;
  const image = sharp(pictureSvg(320, 176, '#27c'));
  const png = (await image.png().toBuffer()).toString('base64');
  const webp = (await image.webp().toBuffer()).toString('base64');
  replacements = [
    [/https:\/\/cdn\.example\.com/g, trusted],
    [/<base64-or-data-uri>(?=",\s*"mimeType": "image\/png")/g, png],
    [/<base64-or-data-uri>(?=",\s*"mimeType": "image\/webp")/g, `data:image/webp;base64,${webp}`],
  ];
}, 60_000);
afterAll(async () => {
  await appliance.app.stop(true);
  await appliance.stop();
  await files.stop(true);
});

/** Runs one example's text in a shell, its placeholders filled in; answers the JSON that its last curl printed. */
async function run(name: string, apiKey: string, more: [RegExp, string][] = []): Promise<Answer['body']> {
  let script = readFileSync(join(folder, name), 'utf8');
  for (const [pattern, text] of [...replacements, ...more]) script = script.replaceAll(pattern, () => text);
  const child = Bun.spawn(['bash', '-c', script], {
    env: { ...process.env, API_BASE: origin, API_KEY: apiKey },
    stdout: 'pipe',
    stderr: 'ignore',
  });
  const text = await new Response(child.stdout).text();
  expect([name, await child.exited]).toEqual([name, 0]);
  return JSON.parse(text.trim().split('\n').at(-1) ?? '');
}

async function download(url: string, filename: string): Promise<string> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  const path = join(mkdtempSync(join(work, 'got-')), basename(filename));
  writeFileSync(path, await response.bytes());
  return path;
}

/** Checks a finished file against what the submit said it would be. */
const checks: Record<string, (path: string, effective: Answer['body']) => Promise<void>> = {
  'image.generate': checkImage,
  'image.edit': checkImage,
  'video.generate': async (path, effective) => {
    const probed = await probe(path, { countPackets: true });
    const video = streamOf(probed, 'video');
    const fps = effective.interpolationFps || effective.sampledFps;
    const frames = Math.round(((effective.durationFrames - 1) * fps) / effective.sampledFps) + 1;
    expect(video).toMatchObject({
      ...{ codec_name: 'h264', pix_fmt: 'yuv420p', width: effective.width, height: effective.height },
      ...{ avg_frame_rate: `${fps}/1`, nb_read_packets: String(frames) },
    });
    expect(streamOf(probed, 'audio') !== undefined).toBe(Boolean(effective.referenceAudio));
  },
  'video.combine': async (path) => {
    const probed = await probe(path, { countPackets: true });
    expect(streamOf(probed, 'video')).toMatchObject({ nb_read_packets: '237', avg_frame_rate: '60/1' });
    expect(streamOf(probed, 'audio')).toBeDefined();
  },
  'audio.speak': async (path, effective) => {
    const probed = await probe(path);
    expect(probed.format.format_name).toBe('mp3');
    expect(Number(streamOf(probed, 'audio')?.bit_rate)).toBe(Number.parseInt(effective.quality, 10) * 1000);
    expect(Number(probed.format.duration)).toBeGreaterThan(2);
  },
  'audio.annotation.reference': async (path) => {
    const annotation = JSON.parse(readFileSync(path, 'utf8'));
    expect(annotation.words.length).toBeGreaterThan(15);
    expect(annotation.lyrics.lines).toHaveLength(2);
    expect(annotation.beats.timesSeconds.length).toBeGreaterThan(0);
  },
  'ace.step.create': checkDuration,
  'moss.sound.effect': checkDuration,
  'trellis.generate': async (path, effective) => {
    const bytes = new Uint8Array(readFileSync(path));
    const report = await validateBytes(bytes);
    expect(report.issues.numErrors).toBe(0);
    expect(report.info.totalTriangleCount).toBeLessThanOrEqual(effective.targetFaceCount);
    expect(report.info.totalTriangleCount).toBeGreaterThan(effective.targetFaceCount / 4);
    expect(report.info.resources.find(({ image }) => image)?.image?.width).toBe(effective.textureSize);
  },
};

async function checkImage(path: string, effective: Answer['body']): Promise<void> {
  const { format, width, height } = await sharp(path).metadata();
  expect(format).toBe('webp');
  expect({ width, height }).toEqual({ width: effective.width, height: effective.height });
}

async function checkDuration(path: string, effective: Answer['body']): Promise<void> {
  const probed = await probe(path);
  expect(Number(streamOf(probed, 'audio')?.bit_rate) / 1000).toBe(Number.parseInt(effective.quality, 10));
  const seconds = pcmSeconds(await decodePcm(path, { sampleRate: 44_100, channels: 1 }));
  expect(Math.abs(seconds - effective.durationSeconds)).toBeLessThan(0.06);
}

const submits = examples.filter((name) => readFileSync(join(folder, name), 'utf8').includes('"task"'));

describe('the examples of the API reference', () => {
  test('are all here', () => {
    expect(examples).toHaveLength(22);
    expect(submits).toHaveLength(16);
  });

  test.each(submits.filter((name) => !/hello-world|retry-safe/.test(name)))(
    '%s gives a finished file of the right kind',
    async (name) => {
      const submitted = await run(name, appliance.apiKey);
      expect([name, submitted.error, submitted.details]).toEqual([name, undefined, undefined]);
      const job = await untilJob(appliance, submitted.jobId, undefined, 240);
      expect([name, job.status, job.error]).toEqual([name, 'succeeded', undefined]);
      const [output] = job.outputs;
      const path = await download(output.url.replace('http://localhost', origin), output.filename);
      expect(Bun.file(path).size).toBe(output.bytes);
      await checks[job.task]?.(path, submitted.effectiveInput);
    },
    240_000,
  );

  test('hello-world submits and polls', async () => {
    const polled = await run('hello-world.sh', appliance.apiKey);
    expect(polled.task).toBe('image.generate');
    await untilJob(appliance, polled.jobId, undefined, 60);
  }, 60_000);

  test('retry-safe-write charges once and answers the same', async () => {
    const { body } = await appliance.call('POST', '/api/v1/admin/accounts', {
      key: appliance.adminKey,
      body: { name: 'Retrier', grantMicros: 1_000_000 },
    });
    const first = await run('retry-safe-write.sh', body.apiKey);
    expect(await run('retry-safe-write.sh', body.apiKey)).toEqual(first);
    const key = body.apiKey;
    expect((await appliance.call('GET', '/api/v1/media/jobs', { key })).body.jobs).toHaveLength(1);
  });

  test('keys are created, listed and revoked', async () => {
    const created = await run('create-api-key.sh', appliance.apiKey);
    expect(created).toMatchObject({ label: 'Agent Worker A', apiKey: expect.stringMatching(/^kt_live_/) });
    const { keys } = await run('list-api-keys.sh', appliance.apiKey);
    expect(keys.map(({ id }: Answer['body']) => id)).toContain(created.id);
    const prefix = created.keyPrefix.slice('kt_live_'.length);
    const { revoked } = await run('revoke-api-key.sh', appliance.apiKey, [[/abcde/g, prefix]]);
    expect(revoked.id).toBe(created.id);
  });

  test('the balance and a job are read', async () => {
    expect((await run('balance.sh', appliance.apiKey)).balanceUsd).toBeNumber();
    const [job] = (await appliance.call('GET', '/api/v1/media/jobs?limit=1')).body.jobs;
    const id: [RegExp, string][] = [[/abc123/g, job.jobId]];
    const summary = await run('media-job-status-summary.sh', appliance.apiKey, id);
    expect(summary.effectiveInput).toBeUndefined();
    const details = await run('media-job-status-details.sh', appliance.apiKey, id);
    expect(details).toMatchObject({
      jobId: job.jobId,
      effectiveInput: expect.anything(),
      attempts: expect.anything(),
    });
  });
});
