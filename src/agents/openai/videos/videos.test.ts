import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI, { toFile } from 'openai';
import sharp from 'sharp';
import { pictureSvg } from '../../../testing/reference-files.ts';
import {
  failureOf,
  fakeMediaModels,
  fakePrompt,
  type OpenAiAppliance,
  pricedFolder,
  startOpenAi,
  until,
} from '../test-openai.ts';

/** Videos on fake runners, with prices. */

let openAi: OpenAiAppliance;
beforeAll(async () => {
  openAi = await startOpenAi({ modelsFolder: fakeMediaModels(), dataFolder: pricedFolder() });
});
afterAll(() => openAi[Symbol.asyncDispose]());

const small = { size: '64x64' as never, seconds: '1' as never };
const hanging = fakePrompt({ ending: 'hang' });

function untilStatus(client: OpenAI, id: string, status: OpenAI.Video['status']) {
  return until(async () => {
    const video = await client.videos.retrieve(id);
    return video.status === status ? video : undefined;
  });
}

async function newClient() {
  const key = await openAi.newKey(1_000_000);
  return { key, client: openAi.as(key) };
}

describe('a video', () => {
  test('is told in the size and length that it has', async () => {
    const { client } = await newClient();
    const prompt = fakePrompt();
    const video = await client.videos.create({ prompt, size: '720x1280', seconds: '8', model: 'sora-2-pro' });
    expect(video).toMatchObject({
      prompt,
      size: '704x1280',
      model: 'draft-video',
      remixed_from_video_id: null,
    });
    expect(Number(video.seconds)).toBeCloseTo(8, 0);
    const byDefault = await client.videos.create({ prompt });
    expect(byDefault).toMatchObject({ size: '1280x704' });
    expect(Number(byDefault.seconds)).toBeCloseTo(4, 0);
  });

  test('goes from queued to completed, with the times of both', async () => {
    const { client } = await newClient();
    const { id, created_at: createdAt } = await client.videos.create({ prompt: fakePrompt(), ...small });
    const done = await untilStatus(client, id, 'completed');
    expect(done).toMatchObject({ progress: 100, created_at: createdAt, error: null });
    expect(done.completed_at).toBeGreaterThanOrEqual(createdAt);
    expect((done.expires_at ?? 0) - (done.completed_at ?? 0)).toBe(48 * 3600);
  });

  test('that fails tells why, and costs nothing', async () => {
    const { key, client } = await newClient();
    const prompt = fakePrompt({ ending: 'out_of_memory' });
    const { id } = await client.videos.create({ prompt, ...small });
    const failed = await untilStatus(client, id, 'failed');
    expect(failed).toMatchObject({ error: { code: 'out_of_memory' }, amount_usd: 0, completed_at: null });
    expect(await openAi.balanceMicros(key)).toBe(1_000_000);
  });

  test('begins with the picture of a form, or of a URL in JSON or in a form', async () => {
    const { key, client } = await newClient();
    const picture = await sharp(pictureSvg(64, 64, '#27c'))
      .png()
      .toBuffer();
    const image_url = `data:image/png;base64,${picture.toString('base64')}`;
    const file = await toFile(picture, '../../../etc/passwd\0.png');
    const base = { prompt: fakePrompt(), ...small };
    const byForm = await client.videos.create({ ...base, input_reference: file });
    const byUrl = await client.videos.create({ ...base, input_reference: { image_url } });
    const body = { ...base, input_reference: { image_url } };
    const byJson = (await openAi.appliance.call('POST', '/v1/videos', { key, body })).body;
    for (const { id } of [byForm, byUrl, byJson]) {
      const path = `/api/v1/media/jobs?jobId=${id}&includeDetails=1`;
      const job = (await openAi.appliance.call('GET', path, { key })).body;
      expect(job.effectiveInput.startFrameImage).toMatchObject({ width: 64, name: 'start-frame.webp' });
    }
  });

  test.each([
    ['seconds', { seconds: '21' }],
    ['seconds', { seconds: 'four' }],
    ['size', { size: '32x32' }],
    ['input_reference', { input_reference: { file_id: 'file_1' } }],
    ['input_reference', { input_reference: { image_url: 'ftp://x' } }],
    ['model', { model: 'whisper-1' }],
  ])('is refused for its %s: %j', async (param, more) => {
    const body = { prompt: fakePrompt(), ...more };
    const error = await failureOf(openAi.client.videos.create(body as never));
    expect([error.status, error.param?.split('.')[0]]).toEqual([param === 'model' ? 404 : 400, param]);
  });
});

describe('the same request twice', () => {
  test('under one key is one video, and one charge', async () => {
    const { key, client } = await newClient();
    const headers = { 'Idempotency-Key': 'once' };
    const body = { prompt: fakePrompt(), ...small };
    const first = await client.videos.create(body, { headers });
    const second = await client.videos.create(body, { headers });
    expect(second.id).toBe(first.id);
    expect((await client.videos.list()).data.length).toBe(1);
    expect(await openAi.balanceMicros(key)).toBe(1_000_000 - 50_000);
    const other = await failureOf(client.videos.create({ ...body, seconds: '2' as never }, { headers }));
    expect(other).toMatchObject({ status: 400, code: 'idempotency_key_reuse' });
  });
});

describe('another account', () => {
  test('finds, downloads, deletes and lists nothing of it', async () => {
    const { client } = await newClient();
    const { client: stranger } = await newClient();
    const { id } = await client.videos.create({ prompt: fakePrompt(), ...small });
    await untilStatus(client, id, 'completed');
    for (const work of [
      stranger.videos.retrieve(id),
      stranger.videos.downloadContent(id),
      stranger.videos.downloadContent(id, { variant: 'thumbnail' }),
      stranger.videos.delete(id),
    ]) {
      expect(await failureOf(work)).toBeInstanceOf(OpenAI.NotFoundError);
    }
    expect((await stranger.videos.list()).data).toEqual([]);
    expect(await failureOf(stranger.videos.list({ after: id }))).toMatchObject({ code: 'bad_cursor' });
    expect((await client.videos.retrieve(id)).status).toBe('completed');
  });
});

describe('a list', () => {
  test('is newest first, page by page, without what is deleted and what is no video', async () => {
    const { client } = await newClient();
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) {
      ids.unshift((await client.videos.create({ prompt: fakePrompt(), ...small })).id);
    }
    await client.images.generate({ prompt: fakePrompt(), size: '64x64' as never });
    const [, deleted = '', ...rest] = ids;
    await client.videos.delete(deleted);
    const expected = [ids[0], ...rest];
    const listed: string[] = [];
    for await (const { id } of client.videos.list({ limit: 2 })) listed.push(id);
    expect(listed).toEqual(expected as string[]);
    const page = await client.videos.list({ limit: 4 });
    expect([page.data.length, page.has_more]).toEqual([4, false]);
    expect(await failureOf(client.videos.list({ order: 'asc' }))).toMatchObject({
      status: 400,
      param: 'order',
    });
  });
});

describe('a video that is deleted', () => {
  test('is canceled and refunded where it still runs or waits', async () => {
    const { key, client } = await newClient();
    const running = await client.videos.create({ prompt: hanging, ...small });
    await untilStatus(client, running.id, 'in_progress');
    const waiting = await client.videos.create({ prompt: hanging, ...small });
    const early = await failureOf(client.videos.downloadContent(waiting.id));
    expect(early).toBeInstanceOf(OpenAI.ConflictError);
    expect(early).toMatchObject({ code: 'video_not_ready' });
    for (const { id } of [waiting, running]) {
      expect(await client.videos.delete(id)).toMatchObject({ id, object: 'video.deleted', deleted: true });
      expect(await failureOf(client.videos.retrieve(id))).toBeInstanceOf(OpenAI.NotFoundError);
    }
    expect(await openAi.balanceMicros(key)).toBe(1_000_000);
  });

  test('leaves no file, and its job on record', async () => {
    const { key, client } = await newClient();
    const { id } = await client.videos.create({ prompt: fakePrompt(), ...small });
    await untilStatus(client, id, 'completed');
    const folder = join(openAi.appliance.dataFolder, 'files/jobs', id);
    expect(existsSync(folder)).toBe(true);
    await client.videos.delete(id);
    expect(existsSync(folder)).toBe(false);
    expect(await failureOf(client.videos.delete(id))).toBeInstanceOf(OpenAI.NotFoundError);
    const job = (await openAi.appliance.call('GET', `/api/v1/media/jobs?jobId=${id}`, { key })).body;
    expect(job).toMatchObject({ status: 'succeeded', outputs: [], filesRemovedAt: expect.any(String) });
  });
});

test('a picture is no video', async () => {
  const { client } = await newClient();
  const { response } = await client.images
    .generate({ prompt: fakePrompt(), size: '64x64' as never })
    .withResponse();
  const id = response.headers.get('x-killatamata-jobs') ?? '';
  expect(await failureOf(client.videos.retrieve(id))).toBeInstanceOf(OpenAI.NotFoundError);
  expect(await failureOf(client.videos.delete(id))).toBeInstanceOf(OpenAI.NotFoundError);
});
