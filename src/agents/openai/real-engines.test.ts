import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toFile } from 'openai';
import sharp from 'sharp';
import { probe } from '../../media/probe.ts';
import { pictureSvg } from '../../testing/reference-files.ts';
import { failureOf, type OpenAiAppliance, startOpenAi, until } from './test-openai.ts';

/** Every method of OpenAI's client once, on the engines that ship. */

const sentence = 'We launch at dawn, hold formation, and bring everyone home safely.';
const folder = mkdtempSync(join(tmpdir(), 'kt-openai-real-'));
let openAi: OpenAiAppliance;
let picture: Buffer;
let recording: Buffer;
beforeAll(async () => {
  openAi = await startOpenAi();
  picture = await sharp(pictureSvg(128, 96, '#27c'))
    .png()
    .toBuffer();
  recording = await say('mp3');
});
afterAll(() => openAi[Symbol.asyncDispose]());

const decode = (base64: string | undefined) => Buffer.from(base64 ?? '', 'base64');

async function facts(bytes: ArrayBuffer | Buffer, name: string) {
  const path = join(folder, name);
  writeFileSync(path, Buffer.from(bytes as Buffer));
  return probe(path);
}

async function say(format: 'mp3' | 'opus' | 'aac' | 'flac' | 'wav' | 'pcm', speed = 1): Promise<Buffer> {
  const response = await openAi.client.audio.speech.create({
    ...{ model: 'tts-1', voice: 'nova', input: sentence, response_format: format, speed, seed: 7 },
  });
  return Buffer.from(await response.arrayBuffer());
}

describe('pictures', () => {
  test('are made in the number, size and format asked for', async () => {
    const { data = [], ...told } = await openAi.client.images.generate({
      ...{ model: 'gpt-image-1', prompt: 'a fox in the snow', n: 2, size: '256x128' },
      output_format: 'webp',
    });
    expect(told).toMatchObject({ size: '256x128', output_format: 'webp', background: 'opaque' });
    expect(data.length).toBe(2);
    for (const { b64_json: base64 } of data) {
      expect(await sharp(decode(base64)).metadata()).toMatchObject({
        ...{ format: 'webp', width: 256, height: 128 },
      });
    }
    expect(data[0]?.b64_json).not.toBe(data[1]?.b64_json);
  });

  test('are handed out by URL to clients that want one', async () => {
    const { data = [] } = await openAi.client.images.generate({
      ...{ model: 'dall-e-3', prompt: 'a fox in the snow', size: '64x64' as const, response_format: 'url' },
    });
    const response = await fetch(data[0]?.url ?? '');
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(await sharp(await response.arrayBuffer()).metadata()).toMatchObject({ width: 64, height: 64 });
  });

  test('are edited, with others to go by', async () => {
    const image = [await toFile(picture, 'source.png'), await toFile(picture, 'style.png')];
    const { data = [] } = await openAi.client.images.edit({
      image,
      prompt: 'a noir poster',
      seed: 1,
    } as never);
    const edited = decode(data[0]?.b64_json);
    expect(await sharp(edited).metadata()).toMatchObject({ format: 'png', width: 128, height: 96 });
    const { body } = await openAi.appliance.call('GET', '/api/v1/media/jobs?task=image.edit');
    const details = `/api/v1/media/jobs?jobId=${body.jobs[0].jobId}&includeDetails=1`;
    const { effectiveInput } = (await openAi.appliance.call('GET', details)).body;
    expect(effectiveInput).toMatchObject({ seed: 1, sourceImage: { width: 128 }, referenceImages: [{}] });
  });

  test('are edited by JSON too, which names them', async () => {
    const image_url = `data:image/png;base64,${picture.toString('base64')}`;
    const body = { images: [{ image_url }], prompt: 'a noir poster', n: null };
    const { status, body: answer } = await openAi.appliance.call('POST', '/v1/images/edits', { body });
    expect(status).toBe(200);
    expect(await sharp(decode(answer.data[0].b64_json)).metadata()).toMatchObject({ width: 128, height: 96 });
  });
});

describe('speech', () => {
  test.each([
    ['mp3', 'mp3'],
    ['opus', 'opus'],
    ['aac', 'aac'],
    ['flac', 'flac'],
    ['wav', 'pcm_s16le'],
  ] as const)('comes as %s', async (format, codec) => {
    const { streams } = await facts(await say(format), `speech.${format}`);
    expect(streams.map(({ codec_name }) => codec_name)).toEqual([codec]);
  });

  test('comes as bare samples of 24 kHz, and at twice the speed in half the time', async () => {
    const [slow, fast] = [await say('pcm'), await say('pcm', 2)];
    const seconds = slow.byteLength / 2 / 24_000;
    expect(seconds).toBeGreaterThan(2);
    expect(seconds).toBeLessThan(10);
    expect(slow.byteLength / fast.byteLength).toBeCloseTo(2, 1);
  });
});

describe('transcripts', () => {
  const asked = { model: 'whisper-1', transcript: sentence };
  const transcribe = async (more: object): Promise<unknown> =>
    openAi.client.audio.transcriptions.create({
      ...{ file: await toFile(recording, 'speech.mp3'), ...asked, ...more },
    } as never);

  test('tell the words that are known, in each form', async () => {
    expect(await transcribe({})).toMatchObject({ text: sentence, usage: { type: 'duration' } });
    expect(await transcribe({ response_format: 'text' })).toBe(`${sentence}\n`);
    const srt = await transcribe({ response_format: 'srt' });
    expect(srt).toMatch(/^1\n00:00:0\d,\d{3} --> 00:00:0\d,\d{3}\nWe launch at dawn/);
    const vtt = await transcribe({ response_format: 'vtt' });
    expect(vtt).toMatch(/^WEBVTT\n\n00:00:0\d\.\d{3} --> 00:00:0\d\.\d{3}\nWe launch at dawn/);
  });

  test('are refused where the words are not known and nobody hears them', async () => {
    const jobs = '/api/v1/media/jobs?task=audio.annotation.reference';
    const before = (await openAi.appliance.call('GET', jobs)).body.jobs;
    const file = await toFile(recording, 'a.mp3');
    const error = await failureOf(openAi.client.audio.transcriptions.create({ model: 'whisper-1', file }));
    expect(error).toMatchObject({
      status: 503,
      code: 'model_not_installed',
      message: expect.stringMatching(/transcript/),
    });
    expect((await openAi.appliance.call('GET', jobs)).body.jobs).toEqual(before);
  });

  test('tell when each word and line is said', async () => {
    const granularities = ['word', 'segment'];
    const verbose: unknown = await transcribe({
      ...{ response_format: 'verbose_json', timestamp_granularities: granularities },
    });
    expect(verbose).toMatchObject({
      language: 'english',
      text: sentence,
      segments: [{ id: 0, text: sentence }],
    });
    const { words, duration } = verbose as {
      words: { word: string; start: number; end: number }[];
      duration: number;
    };
    expect(words.map(({ word }) => word).join(' ')).toBe(sentence);
    for (const [index, { start, end }] of words.entries()) {
      expect(start).toBeGreaterThanOrEqual(words[index - 1]?.end ?? 0);
      expect(end).toBeGreaterThan(start);
    }
    expect(words.at(-1)?.end).toBeLessThanOrEqual(duration);
  });
});

test('a video is begun, watched, downloaded in each variant, and deleted', async () => {
  const { videos } = openAi.client;
  const created = await videos.create({
    ...{ model: 'sora-2', prompt: 'waves at dawn', seconds: '1' as never, size: '256x144' as never },
    input_reference: await toFile(picture, 'frame.png'),
  });
  expect(created).toMatchObject({ object: 'video', prompt: 'waves at dawn', size: '256x128' });
  const done = await until(async () => {
    const video = await videos.retrieve(created.id);
    return video.status === 'completed' || video.status === 'failed' ? video : undefined;
  });
  expect(done).toMatchObject({ status: 'completed', progress: 100, error: null });
  const bytes = await (await videos.downloadContent(created.id)).arrayBuffer();
  const [stream] = (await facts(bytes, 'video.mp4')).streams;
  expect(stream).toMatchObject({ codec_name: 'h264', width: 256, height: 128 });
  const thumbnail = await videos.downloadContent(created.id, { variant: 'thumbnail' });
  expect(await sharp(await thumbnail.arrayBuffer()).metadata()).toMatchObject({ format: 'webp', width: 256 });
  const sheet = await videos.downloadContent(created.id, { variant: 'spritesheet' });
  expect(await sharp(await sheet.arrayBuffer()).metadata()).toMatchObject({
    ...{ format: 'jpeg', width: 800, height: 400 },
  });
  expect((await videos.list()).data.map(({ id }) => id)).toEqual([created.id]);
  expect(await videos.delete(created.id)).toMatchObject({ id: created.id, deleted: true });
  expect((await videos.list()).data).toEqual([]);
});

test('models are listed, and found by whichever name', async () => {
  const { models } = openAi.client;
  const { data } = await models.list();
  expect(data.map(({ id }) => id)).toEqual([
    'draft-image',
    'draft-speech',
    'draft-annotation',
    'draft-video',
  ]);
  for (const id of ['draft-image', 'image.edit', 'gpt-image-2', 'dall-e-3']) {
    expect(await models.retrieve(id)).toMatchObject({
      id,
      draft: true,
      tasks: ['image.generate', 'image.edit'],
    });
  }
  expect(await models.retrieve('whisper-1')).toMatchObject({ tasks: ['audio.annotation.reference'] });
});
