import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI, { toFile } from 'openai';
import sharp from 'sharp';
import { pictureSvg } from '../../testing/reference-files.ts';
import {
  failureOf,
  fakeMediaModels,
  fakePrompt,
  type OpenAiAppliance,
  pricedFolder,
  startOpenAi,
  until,
} from './test-openai.ts';

/** Waiting for pictures on fake runners, with prices: what is charged, refunded, canceled and told. */

const pictureMicros = 10_000;
const modelsFolder = fakeMediaModels();
let openAi: OpenAiAppliance;
beforeAll(async () => {
  openAi = await startOpenAi({ modelsFolder, dataFolder: pricedFolder() });
});
afterAll(() => openAi[Symbol.asyncDispose]());

const request = (prompt: string, n = 1) => ({ prompt, n, size: '64x64' as const });

/** Of the newest job first. */
async function jobsOf(key: string) {
  return (await openAi.appliance.call('GET', '/api/v1/media/jobs', { key })).body.jobs;
}

/** Once the account has so many jobs in one of `states`. */
function untilJobs(key: string, states: readonly string[], count: number) {
  return until(async () => {
    const jobs = await jobsOf(key);
    const found = jobs.filter(({ status }: { status: string }) => states.includes(status));
    return found.length === count ? found : undefined;
  });
}

describe('several pictures', () => {
  test('are each a job of its own, of seeds that follow each other', async () => {
    const key = await openAi.newKey(1_000_000);
    const asked = { ...request(fakePrompt(), 3), seed: 2 ** 32 - 2 };
    const { data, response } = await openAi.as(key).images.generate(asked).withResponse();
    expect(data.data?.map(({ b64_json: base64 }) => atob(base64 ?? ''))).toEqual(['{}', '{}', '{}']);
    expect(response.headers.get('x-killatamata-amount-usd')).toBe('0.03');
    expect(response.headers.get('x-killatamata-draft')).toBe('true');
    const ids = response.headers.get('x-killatamata-jobs')?.split(', ') ?? [];
    const seeds = await Promise.all(
      ids.map(async (jobId) => {
        const path = `/api/v1/media/jobs?jobId=${jobId}&includeDetails=1`;
        return (await openAi.appliance.call('GET', path, { key })).body.effectiveInput.seed;
      }),
    );
    expect(seeds).toEqual([2 ** 32 - 2, 2 ** 32 - 1, 0]);
    expect(await openAi.balanceMicros(key)).toBe(1_000_000 - 3 * pictureMicros);
  });

  test('are not begun where the balance covers some of them', async () => {
    const key = await openAi.newKey(3 * pictureMicros - 1);
    const error = await failureOf(openAi.as(key).images.generate(request(fakePrompt(), 3)));
    expect(error).toMatchObject({ status: 402, code: 'insufficient_quota', type: 'insufficient_quota' });
    expect(await jobsOf(key)).toEqual([]);
    expect(await openAi.balanceMicros(key)).toBe(3 * pictureMicros - 1);
  });

  test('are not begun where the cap of the key covers some of them', async () => {
    const owner = await openAi.newKey(1_000_000);
    const body = { label: 'capped', spendCapUsdPerDay: 0.02 };
    const { apiKey: key } = (await openAi.appliance.call('POST', '/api/v1/keys', { key: owner, body })).body;
    const error = await failureOf(openAi.as(key).images.generate(request(fakePrompt(), 3)));
    expect(error).toMatchObject({ status: 402, code: 'spend_cap_reached' });
    expect(await jobsOf(key)).toEqual([]);
    expect((await openAi.as(key).images.generate(request(fakePrompt(), 2))).data?.length).toBe(2);
  });

  test('come without the one that failed, which is told and refunded', async () => {
    const key = await openAi.newKey(1_000_000);
    const answering = openAi.as(key).images.generate(request(fakePrompt({ milliseconds: 1500 }), 2));
    const [waiting] = await untilJobs(key, ['queued'], 1);
    await openAi.appliance.call('DELETE', `/api/v1/media/jobs?jobId=${waiting.jobId}`, { key });
    const answer: { data?: unknown[] } & object = await answering;
    expect(answer.data?.length).toBe(1);
    expect(answer).toMatchObject({ errors: [{ job: waiting.jobId, code: 'canceled' }] });
    expect(await openAi.balanceMicros(key)).toBe(1_000_000 - pictureMicros);
  });
});

describe('a job that fails', () => {
  test('is refunded, and its error is not one that clients repeat by themselves', async () => {
    const key = await openAi.newKey(1_000_000);
    const client = openAi.as(key).withOptions({ maxRetries: 2 });
    const error = await failureOf(client.images.generate(request(fakePrompt({ ending: 'model_broken' }))));
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(error).toMatchObject({
      type: 'server_error',
      message: expect.stringContaining('A fake model_broken'),
    });
    expect((await jobsOf(key)).length).toBe(1);
    expect(await openAi.balanceMicros(key)).toBe(1_000_000);
  });

  test('by its input is the mistake of the request', async () => {
    const error = await failureOf(
      openAi.client.images.generate(request(fakePrompt({ ending: 'invalid_input' }))),
    );
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: 'invalid_input', type: 'invalid_request_error' });
  });
});

test('a client that hangs up cancels what it waited for, running or not', async () => {
  const key = await openAi.newKey(1_000_000);
  const hangUp = new AbortController();
  const prompt = fakePrompt({ ending: 'hang' });
  const waiting = openAi.as(key).images.generate(request(prompt, 3), { signal: hangUp.signal });
  await untilJobs(key, ['running'], 1);
  await untilJobs(key, ['queued'], 2);
  hangUp.abort();
  expect(await failureOf(waiting)).toBeInstanceOf(OpenAI.APIUserAbortError);
  await untilJobs(key, ['canceled'], 3);
  expect(await openAi.balanceMicros(key)).toBe(1_000_000);
});

test('a client that hangs up after a form cancels its job, and its files go', async () => {
  const key = await openAi.newKey(1_000_000);
  const hangUp = new AbortController();
  const { signal } = hangUp;
  const image = await toFile(
    await sharp(pictureSvg(64, 64, '#27c'))
      .png()
      .toBuffer(),
    'a.png',
  );
  const prompt = fakePrompt({ ending: 'hang' });
  const waiting = openAi.as(key).images.edit({ image, prompt }, { signal });
  await untilJobs(key, ['running'], 1);
  hangUp.abort();
  expect(await failureOf(waiting)).toBeInstanceOf(OpenAI.APIUserAbortError);
  await untilJobs(key, ['canceled'], 1);
  const staging = join(openAi.appliance.dataFolder, 'files/staging');
  await until(() => Promise.resolve(readdirSync(staging).length === 0 || undefined));
});

describe('a request under an idempotency key', () => {
  const once = { 'Idempotency-Key': 'once' };

  test('that comes again makes and costs nothing more', async () => {
    const key = await openAi.newKey(1_000_000);
    const asked = request(fakePrompt(), 2);
    const ids: (string | null)[] = [];
    for (let time = 0; time < 2; time++) {
      const { data, response } = await openAi
        .as(key)
        .images.generate(asked, { headers: once })
        .withResponse();
      expect(data.data).toHaveLength(2);
      ids.push(response.headers.get('x-killatamata-jobs'));
    }
    expect(ids[1]).toBe(ids[0] ?? '');
    expect(await jobsOf(key)).toHaveLength(2);
    expect(await openAi.balanceMicros(key)).toBe(1_000_000 - 2 * pictureMicros);
    const other = await failureOf(openAi.as(key).images.generate(request(fakePrompt()), { headers: once }));
    expect(other).toMatchObject({ code: 'idempotency_key_reuse' });
  });

  test('goes on when its client hangs up, and is waited for by the next', async () => {
    const key = await openAi.newKey(1_000_000);
    const hangUp = new AbortController();
    const asked = request(fakePrompt({ ending: 'hang' }));
    const options = { headers: once, signal: hangUp.signal };
    const first = openAi.as(key).images.generate(asked, options);
    const [job] = await untilJobs(key, ['running'], 1);
    hangUp.abort();
    expect(await failureOf(first)).toBeInstanceOf(OpenAI.APIUserAbortError);
    const second = openAi.as(key).images.generate(asked, { headers: once });
    await Bun.sleep(200);
    expect(await jobsOf(key)).toMatchObject([{ jobId: job.jobId, status: 'running' }]);
    await openAi.appliance.call('DELETE', `/api/v1/media/jobs?jobId=${job.jobId}`, { key });
    expect(await failureOf(second)).toMatchObject({ code: 'canceled' });
    expect(await openAi.balanceMicros(key)).toBe(1_000_000);
  });

  test('that was refused may come again', async () => {
    const { appliance } = openAi;
    const asAdmin = (path: string, body: object) =>
      appliance.call('POST', `/api/v1/admin/${path}`, { key: appliance.adminKey, body });
    const opened = await asAdmin('accounts', { name: 'Poor', grantMicros: 2 * pictureMicros });
    const { accountId, apiKey: key } = opened.body;
    const asked = request(fakePrompt(), 3);
    const refused = await failureOf(openAi.as(key).images.generate(asked, { headers: once }));
    expect(refused).toMatchObject({ status: 402 });
    await asAdmin('grants', { accountId, amountMicros: pictureMicros, reference: 'more' });
    expect((await openAi.as(key).images.generate(asked, { headers: once })).data).toHaveLength(3);
    expect(await openAi.balanceMicros(key)).toBe(0);
  });
});

test('a stop in the middle of waiting ends the request, and loses no money', async () => {
  const dataFolder = pricedFolder();
  const first = await startOpenAi({ modelsFolder, dataFolder });
  const key = await first.newKey(1_000_000);
  const waiting = failureOf(first.as(key).images.generate(request(fakePrompt({ ending: 'hang' }))));
  await until(async () => {
    const { jobs } = (await first.appliance.call('GET', '/api/v1/media/jobs', { key })).body;
    return jobs[0]?.status === 'running' || undefined;
  });
  await first.appliance.stop();
  expect(await waiting).toBeInstanceOf(OpenAI.APIError);
  await using second = await startOpenAi({ modelsFolder, dataFolder });
  const [job] = (await second.appliance.call('GET', '/api/v1/media/jobs', { key })).body.jobs;
  const spent = 1_000_000 - (await second.balanceMicros(key));
  expect(spent).toBe(job.status === 'canceled' ? 0 : pictureMicros);
});

test('what is not done in time is canceled and refunded', async () => {
  await using hasty = await startOpenAi({
    ...{ modelsFolder, dataFolder: pricedFolder(), environment: { KT_AGENTS_SYNC_SECONDS_MAX: '0.5' } },
  });
  const key = await hasty.newKey(1_000_000);
  const client = hasty.as(key).withOptions({ maxRetries: 2 });
  const error = await failureOf(client.images.generate(request(fakePrompt({ ending: 'hang' }), 2)));
  expect(error).toMatchObject({ status: 504, code: 'took_too_long' });
  const { jobs } = (await hasty.appliance.call('GET', '/api/v1/media/jobs', { key })).body;
  expect(jobs.map(({ status }: { status: string }) => status)).toEqual(['canceled', 'canceled']);
  expect(await hasty.balanceMicros(key)).toBe(1_000_000);
});

test('an answer of many bytes comes whole, piece by piece', async () => {
  const bytes = 3_000_001;
  const outputs = [{ filename: 'output.json', text: '{}', mimeType: 'application/json', bytes }];
  const asked = request(fakePrompt({ outputs }), 2);
  const { data = [] } = await openAi.client.images.generate(asked);
  for (const { b64_json: base64 } of data) {
    expect(Buffer.from(base64 ?? '', 'base64').toString()).toBe('{}'.padEnd(bytes));
  }
});
