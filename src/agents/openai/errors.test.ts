import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import OpenAI, { toFile } from 'openai';
import { failureOf, fakeMediaModels, fakePrompt, type OpenAiAppliance, startOpenAi } from './test-openai.ts';

/** What the client makes of our refusals: errors of its own types, that name what is wrong. */

let openAi: OpenAiAppliance;
beforeAll(async () => {
  openAi = await startOpenAi({
    modelsFolder: fakeMediaModels(),
    environment: { KT_SERVER_MAX_BODY_BYTES: '100000' },
  });
});
afterAll(() => openAi[Symbol.asyncDispose]());

const generate = (body: object) =>
  failureOf(openAi.client.images.generate({ prompt: fakePrompt(), ...body }));

describe('a key', () => {
  test('that is unknown is an AuthenticationError, for JSON and for forms', async () => {
    const client = openAi.as('sk-proj-unknown');
    const image = await toFile(Buffer.from('x'), 'a.png');
    for (const ask of [
      () => client.images.generate({ prompt: 'x' }),
      () => client.images.edit({ image, prompt: 'x' }),
    ]) {
      const error = await failureOf(ask());
      expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
      expect(error).toMatchObject({ code: 'invalid_api_key', type: 'invalid_request_error', param: null });
      expect(error.requestID).toMatch(/^req_/);
    }
  });

  test('for other tasks is a PermissionDeniedError', async () => {
    const body = { label: 'speech', allowedTasks: ['audio.speak'] };
    const { apiKey } = (await openAi.appliance.call('POST', '/api/v1/keys', { body })).body;
    const error = await failureOf(openAi.as(apiKey).images.generate({ prompt: fakePrompt() }));
    expect(error).toBeInstanceOf(OpenAI.PermissionDeniedError);
  });
});

describe('a field', () => {
  test.each([
    ['n', { n: 11 }],
    ['n', { n: 1.5 }],
    ['size', { size: 'large' }],
    ['size', { size: '1000x1000' }],
    ['size', { size: '4096x4096' }],
    ['prompt', { prompt: '' }],
    ['quality', { quality: 'best' }],
    ['background', { background: 'transparent' }],
    ['output_format', { output_format: 'gif' }],
    ['stream', { stream: true }],
    ['seed', { seed: -1 }],
    ['numbers', { numbers: 1 }],
  ])('%s that is %j is a BadRequestError that names it', async (param, body) => {
    const error = await generate(body);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({
      param,
      code: 'invalid_input',
      message: expect.stringContaining(`400 ${param}: `),
    });
  });

  test('that is null is left out', async () => {
    const body = { n: null, size: null, quality: null, user: null, moderation: 'low', style: 'vivid' };
    const { data } = await openAi.client.images.generate({ prompt: fakePrompt(), ...body } as never);
    expect(data?.length).toBe(1);
  });

  test('of a form is named as in JSON', async () => {
    const image = await toFile(Buffer.from('no picture'), 'a.png');
    const edit = (more: object) => failureOf(openAi.client.images.edit({ image, prompt: 'x', ...more }));
    expect(await edit({ n: 99 })).toMatchObject({ status: 400, param: 'n' });
    expect(await edit({ size: '64x64' })).toMatchObject({ status: 400, param: 'size' });
    expect(await edit({ mask: image })).toMatchObject({
      param: 'mask',
      message: expect.stringMatching(/edits by mask/),
    });
    expect(await edit({ prompt: image })).toMatchObject({
      param: 'prompt',
      message: expect.stringMatching(/no field for a file/),
    });
  });
});

describe('speech', () => {
  const speak = (body: object) =>
    failureOf(
      openAi.client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'x'.repeat(50), ...body }),
    );

  test.each([
    ['input', { input: 'Too short.' }],
    ['input', { input: 'x'.repeat(601) }],
    ['voice', { voice: 'darth' }],
    ['speed', { speed: 5 }],
    ['response_format', { response_format: 'mid' }],
    ['stream_format', { stream_format: 'sse' }],
    ['instructions', { instructions: 'Slowly. '.repeat(40) }],
  ])('refuses a bad %s', async (param, body) => {
    expect(await speak(body)).toMatchObject({ status: 400, param });
  });
});

describe('what there is not', () => {
  test('a model is a NotFoundError that tells what there is', async () => {
    for (const model of ['gpt-5', 'qwen-image', 'tts-1', 'image.edit', '../etc']) {
      const error = await generate({ model });
      expect(error).toBeInstanceOf(OpenAI.NotFoundError);
      expect(error).toMatchObject({
        code: 'model_not_found',
        param: 'model',
        message: expect.stringMatching(/image\.generate, draft-image/),
      });
    }
    expect(await failureOf(openAi.client.models.retrieve('gpt-5'))).toMatchObject({
      code: 'model_not_found',
    });
  });

  test('a route is a NotFoundError too, with or without a key', async () => {
    const { client } = openAi;
    for (const ask of [
      () => client.chat.completions.create({ model: 'gpt-5', messages: [] }),
      () => client.embeddings.create({ model: 'x', input: 'x' }),
      () => client.videos.remix('job_1', { prompt: 'x' }),
      () => openAi.as('sk-unknown').files.list(),
    ]) {
      expect(await failureOf(ask())).toBeInstanceOf(OpenAI.NotFoundError);
    }
  });
});

describe('too much', () => {
  test.each(['x'.repeat(200_000)])(
    'a body is refused before it is read, in the same form',
    async (prompt) => {
      const error = await generate({ prompt });
      expect(error).toMatchObject({ status: 413, code: 'payload_too_large', type: 'invalid_request_error' });
      const image = await toFile(Buffer.alloc(200_000), 'a.png');
      const form = await failureOf(openAi.client.images.edit({ image, prompt: 'x' }));
      expect(form).toMatchObject({ status: 413, code: 'payload_too_large' });
    },
  );

  test('requests a minute are a RateLimitError, with when to come again', async () => {
    await using strict = await startOpenAi({
      ...{ modelsFolder: fakeMediaModels(), environment: { KT_RATE_LIMIT_WRITES_PER_MINUTE: '1' } },
    });
    await strict.client.images.generate({ prompt: fakePrompt() });
    const error = await failureOf(strict.client.images.generate({ prompt: fakePrompt() }));
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', type: 'requests' });
    expect(Number(error.headers?.get('retry-after'))).toBeGreaterThan(0);
  });
});

test('other paths keep the errors that they had', async () => {
  const { body } = await openAi.appliance.call('GET', '/v10/models');
  expect(body).toEqual({ error: 'GET /v10/models was not found.', code: 'not_found' });
});
