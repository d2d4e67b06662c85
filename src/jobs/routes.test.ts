import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { checkLedger } from '../ledger/invariants.ts';
import { openDatabase } from '../db/open.ts';
import { join } from 'node:path';
import {
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../testing/test-appliance.ts';

let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await startTestAppliance({
    modelsFolder: fakeModels(),
    environment: {
      KT_PRICING_DRAFT_MULTIPLIER: '1',
      KT_JOBS_QUEUED_PER_ACCOUNT_MAX: '8',
      KT_JOBS_STREAMS_PER_ACCOUNT_MAX: '3',
    },
  });
});
afterAll(() => appliance.stop());

const submit = (body: unknown, headers: Record<string, string> = {}) =>
  appliance.call('POST', '/api/v1/media/jobs', { body, headers });
const balance = async () => (await appliance.call('GET', '/api/v1/balance')).body.balanceMicros;

describe('submitting a job', () => {
  test('it is charged, run and downloadable', async () => {
    const before = await balance();
    const submitted = await submit(fakeJob());
    expect(submitted.status).toBe(202);
    expect(submitted.body).toMatchObject({
      status: 'queued',
      task: 'image.generate',
      engine: 'embedded',
      draft: true,
    });
    expect(submitted.body.id).toBe(submitted.body.jobId);
    expect(submitted.body.billing.balanceMicros).toBe(before - submitted.body.billing.amountMicros);
    expect(submitted.body.billing.amountMicros).toBeGreaterThan(0);
    const done = await untilJob(appliance, submitted.body.jobId);
    expect(done).toMatchObject({ status: 'succeeded', progress: { fraction: 1 }, attempts: 1 });
    expect(done.upstream.metadata).toEqual({ fake: true });
    const [url] = done.downloadableOutputUrls;
    const file = await appliance.app.handle(new Request(url));
    expect(file.status).toBe(200);
    expect(await file.text()).toBe('{}');
    expect(Date.parse(done.expiresAt) - Date.parse(done.finishedAt)).toBe(48 * 3_600_000);
  });

  test('every problem of an input is named at once, and nothing is charged', async () => {
    const before = await balance();
    const { status, body } = await submit({
      task: 'image.generate',
      input: { prompt: '', width: 33, promt: 'x' },
    });
    expect(status).toBe(422);
    expect(body.code).toBe('invalid_input');
    const paths = body.details.issues.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(expect.arrayContaining(['/input/prompt', '/input/width', '/input/promt']));
    expect(await balance()).toBe(before);
  });

  test('problems of the envelope and of the input are told together', async () => {
    const { status, body } = await submit({
      task: 'image.generate',
      input: {},
      priority: 'urgent',
      webhookUrl: 'http://',
    });
    expect(status).toBe(422);
    const paths = body.details.issues.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(expect.arrayContaining(['/priority', '/webhookUrl', '/input/prompt']));
  });

  test('an unknown task is refused with the nearest name', async () => {
    const { status, body } = await submit({ task: 'image.generat', input: {} });
    expect(status).toBe(422);
    expect(body.error).toContain('Did you mean image.generate?');
    expect(body.details.issues[0].allowed).toHaveLength(9);
  });

  test.each([
    ['{"task":', 400, 'malformed_json'],
    ['[]', 422, 'invalid_input'],
    ['"text"', 400, 'malformed_json'],
    [JSON.stringify({ task: 'image.generate', input: {}, priority: 'first' }), 422, 'invalid_input'],
    [JSON.stringify({ ...fakeJob(), webhookUrl: 'ftp://x' }), 422, 'invalid_input'],
    [JSON.stringify({ ...fakeJob(), extra: 1 }), 422, 'invalid_input'],
  ])('a body like %s is answered with %i', async (body, status, code) => {
    const answer = await submit(body);
    expect(answer.status).toBe(status);
    expect(answer.body.code).toBe(code);
  });

  test('a task whose model is not here is refused with the command that installs it', async () => {
    const input = {
      text: 'We launch at dawn, hold formation, and come home.',
      voiceDescription: 'A warm calm narrator.',
    };
    const { status, body, headers } = await submit({ task: 'audio.speak', input });
    expect(status).toBe(503);
    expect(body).toMatchObject({ code: 'model_not_installed', details: { model: 'draft-speech' } });
    expect(headers.get('retry-after')).not.toBeNull();
  });

  test('a balance that is too small is a 402 that says what is missing', async () => {
    const opened = await appliance.call('POST', '/api/v1/admin/accounts', {
      key: appliance.adminKey,
      body: { name: 'Poor', grantMicros: 10 },
    });
    const { status, body } = await appliance.call('POST', '/api/v1/media/jobs', {
      key: opened.body.apiKey,
      body: fakeJob(),
    });
    expect(status).toBe(402);
    expect(body.code).toBe('insufficient_balance');
    expect(body.details.missingMicros).toBe(body.details.requiredMicros - 10);
  });
});

describe('idempotency', () => {
  test('the same key and body replay the first response and charge once', async () => {
    const headers = { 'x-idempotency-key': 'replay-1' };
    const first = await submit(fakeJob(), headers);
    const before = await balance();
    const again = await submit(fakeJob(), { 'idempotency-key': '"replay-1"' });
    const inBody = await submit({ ...fakeJob(), idempotencyKey: 'replay-1' });
    expect(again.body).toEqual(first.body);
    expect(inBody.body).toEqual(first.body);
    expect(again.status).toBe(202);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(await balance()).toBe(before);
  });

  test('the order of the members makes no other body', async () => {
    const headers = { 'x-idempotency-key': 'order-1' };
    const { task, input } = fakeJob({}, { width: 64, height: 96 }) as { task: string; input: object };
    const turned = Object.fromEntries(Object.entries(input).toReversed());
    const first = await submit({ task, input }, headers);
    expect((await submit({ input: turned, task }, headers)).body).toEqual(first.body);
  });

  test('the same key with another body is refused', async () => {
    const headers = { 'x-idempotency-key': 'reuse-1' };
    await submit(fakeJob(), headers);
    const { status, body } = await submit(fakeJob({ milliseconds: 1 }), headers);
    expect(status).toBe(422);
    expect(body.code).toBe('idempotency_key_reuse');
  });

  test('of requests at the same time, one runs and the others are told so or replay it', async () => {
    const headers = { 'x-idempotency-key': 'race-1' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => submit(fakeJob(), headers)));
    const ids = new Set(answers.filter(({ status }) => status === 202).map(({ body }) => body.jobId));
    expect(ids.size).toBe(1);
    const others = answers.filter(({ status }) => status !== 202);
    expect(others.length).toBeGreaterThan(0);
    expect(others.every(({ status, body }) => status === 409 && body.code === 'request_in_progress')).toBe(
      true,
    );
  });

  test('a request that failed is not replayed', async () => {
    const headers = { 'x-idempotency-key': 'failed-1' };
    expect((await submit({ task: 'image.generate', input: {} }, headers)).status).toBe(422);
    expect((await submit(fakeJob(), headers)).status).toBe(202);
  });

  test.each([['with space'], ['ü'], ['x'.repeat(256)]])('a key like %j is refused', async (key) => {
    expect((await submit({ ...fakeJob(), idempotencyKey: key })).status).toBe(400);
  });
});

describe('failing jobs', () => {
  const outcomeOf = async (job: Parameters<typeof fakeJob>[0]) => {
    const before = await balance();
    const { body } = await submit(fakeJob(job));
    const done = await untilJob(appliance, body.jobId);
    expect(await balance()).toBe(before);
    return done;
  };

  test('a job that kills its runner twice fails and is refunded, and the next one runs', async () => {
    const done = await outcomeOf({ ending: 'crash' });
    expect(done).toMatchObject({
      status: 'failed',
      attempts: 2,
      error: { code: 'exited' },
      billing: { refunded: true },
    });
    const { body } = await submit(fakeJob());
    expect((await untilJob(appliance, body.jobId)).status).toBe('succeeded');
  });

  test('what the runner calls invalid input is not tried again', async () => {
    expect(await outcomeOf({ ending: 'invalid_input' })).toMatchObject({
      attempts: 1,
      error: { code: 'invalid_input' },
    });
  });

  test('an output that is not what its runner says is refused', async () => {
    const outputs = [{ filename: 'fake.png', text: 'not a picture', mimeType: 'image/png' }];
    expect(await outcomeOf({ outputs })).toMatchObject({ status: 'failed', error: { code: 'bad_message' } });
  });
});

describe('canceling', () => {
  const cancel = (jobId: string) => appliance.call('DELETE', `/api/v1/media/jobs?jobId=${jobId}`);

  test('a running job is stopped and refunded; a waiting one at once', async () => {
    const before = await balance();
    const running = (await submit(fakeJob({ ending: 'hang' }))).body.jobId;
    await untilJob(appliance, running, ['running']);
    const waiting = (await submit(fakeJob())).body.jobId;
    const polled = await appliance.call('GET', `/api/v1/media/jobs?jobId=${waiting}`);
    expect(polled.body).toMatchObject({ status: 'queued', queuePosition: 1 });
    expect((await cancel(waiting)).body).toMatchObject({ status: 'canceled', billing: { refunded: true } });
    expect((await cancel(running)).body).toMatchObject({ status: 'canceled' });
    expect((await cancel(running)).status).toBe(200);
    expect(await balance()).toBe(before);
  });

  test('a finished job stays what it is', async () => {
    const { jobId } = (await submit(fakeJob())).body;
    await untilJob(appliance, jobId);
    const { status, body } = await cancel(jobId);
    expect(status).toBe(409);
    expect(body.code).toBe('job_finished');
  });
});

describe('looking at jobs', () => {
  test("another account's job is unknown, to every route", async () => {
    const { jobId } = (await submit(fakeJob())).body;
    const other = await appliance.call('POST', '/api/v1/admin/accounts', {
      key: appliance.adminKey,
      body: { name: 'B' },
    });
    const key = other.body.apiKey;
    for (const [method, path] of [
      ['GET', `/api/v1/media/jobs?jobId=${jobId}`],
      ['DELETE', `/api/v1/media/jobs?jobId=${jobId}`],
      ['GET', `/api/v1/media/jobs/events?jobId=${jobId}`],
    ] as const) {
      expect((await appliance.call(method, path, { key })).status).toBe(404);
    }
    expect((await appliance.call('GET', '/api/v1/media/jobs', { key })).body.jobs).toEqual([]);
    await untilJob(appliance, jobId);
  });

  test('lists are newest first, page by page, narrowed by state and task', async () => {
    const all = [];
    let cursor = '';
    do {
      const { body } = await appliance.call('GET', `/api/v1/media/jobs?limit=3${cursor}`);
      all.push(...body.jobs);
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
    } while (cursor !== '');
    const whole = (await appliance.call('GET', '/api/v1/media/jobs?limit=100')).body.jobs;
    expect(all.map(({ jobId }) => jobId)).toEqual(whole.map(({ jobId }: { jobId: string }) => jobId));
    const failed = (await appliance.call('GET', '/api/v1/media/jobs?status=failed')).body.jobs;
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.every(({ status }: { status: string }) => status === 'failed')).toBe(true);
    expect((await appliance.call('GET', '/api/v1/media/jobs?task=audio.speak')).body.jobs).toEqual([]);
    expect((await appliance.call('GET', '/api/v1/media/jobs?limit=0')).status).toBe(422);
    expect((await appliance.call('GET', '/api/v1/media/jobs?cursor=x')).status).toBe(400);
  });

  test('events follow a job to its end, and resume without repeating what is known', async () => {
    const { jobId } = (await submit(fakeJob({ milliseconds: 600, progressSteps: 3 }))).body;
    const watch = (headers: Record<string, string> = {}) =>
      appliance.call('GET', `/api/v1/media/jobs/events?jobId=${jobId}`, { headers });
    const stream = await watch();
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    const events: string[] = stream.body.split('\n\n').filter((event: string) => event.startsWith('id:'));
    const states = events.map((event) => JSON.parse(event.split('\ndata: ')[1] ?? '').status);
    expect(states[0]).not.toBe('succeeded');
    expect(states.at(-1)).toBe('succeeded');
    const lastId = /^id: (.*)$/m.exec(events.at(-1) ?? '')?.[1] ?? '';
    expect((await watch({ 'last-event-id': lastId })).body).toBe('');
  });
});

describe('quoting', () => {
  test('it prices and resolves like a submit, and neither charges nor queues', async () => {
    const before = await balance();
    const { status, body } = await appliance.call('POST', '/api/v1/media/quote', {
      body: fakeJob({}, { seed: 7 }),
    });
    expect(status).toBe(200);
    expect(body.effectiveInput.seed).toBe(7);
    expect(body.billing).toMatchObject({ isCovered: true, balanceMicros: before });
    expect(body.jobId).toBeUndefined();
    expect(await balance()).toBe(before);
    const submitted = await submit(fakeJob({}, { seed: 7 }));
    expect(submitted.body.billing.amountMicros).toBe(body.billing.amountMicros);
  });
});

describe('limits', () => {
  test('the cap holds for submits at the same time', async () => {
    const hanging = (await submit(fakeJob({ ending: 'hang' }))).body.jobId;
    await untilJob(appliance, hanging, ['running']);
    const answers = await Promise.all(Array.from({ length: 30 }, () => submit(fakeJob())));
    const taken = answers.filter(({ status }) => status === 202).map(({ body }) => body.jobId);
    expect(taken).toHaveLength(8);
    for (const jobId of [...taken, hanging])
      await appliance.call('DELETE', `/api/v1/media/jobs?jobId=${jobId}`);
  });

  test('quotes leave the queue as it is', async () => {
    const hanging = (await submit(fakeJob({ ending: 'hang' }))).body.jobId;
    await untilJob(appliance, hanging, ['running']);
    const waiting = [];
    for (let i = 0; i < 8; i++) waiting.push((await submit(fakeJob())).body.jobId);
    const quote = async () =>
      (await appliance.call('POST', '/api/v1/media/quote', { body: fakeJob() })).body.estimate.queuePosition;
    for (let i = 0; i < 20; i++) await quote();
    expect(await quote()).toBe(9);
    for (const jobId of [...waiting, hanging])
      await appliance.call('DELETE', `/api/v1/media/jobs?jobId=${jobId}`);
  });

  test('an account can have only so many jobs waiting', async () => {
    const hanging = (await submit(fakeJob({ ending: 'hang' }))).body.jobId;
    await untilJob(appliance, hanging, ['running']);
    const waiting = [];
    for (let i = 0; i < 8; i++) waiting.push((await submit(fakeJob())).body.jobId);
    const { status, body, headers } = await submit(fakeJob());
    expect(status).toBe(429);
    expect(body.code).toBe('account_queue_full');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    for (const jobId of [...waiting, hanging])
      await appliance.call('DELETE', `/api/v1/media/jobs?jobId=${jobId}`);
  });

  test('an account can have only so many event streams open', async () => {
    const { jobId } = (await submit(fakeJob({ ending: 'hang' }))).body;
    const path = `/api/v1/media/jobs/events?jobId=${jobId}`;
    const open = () =>
      appliance.app.handle(
        new Request(`http://localhost${path}`, { headers: { authorization: `Bearer ${appliance.apiKey}` } }),
      );
    const streams = [await open(), await open(), await open()];
    expect(streams.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { status, body, headers } = await appliance.call('GET', path);
    expect([status, body.code]).toEqual([429, 'account_streams_full']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    await streams[0]?.body?.cancel();
    streams.push(await open());
    expect(streams.at(-1)?.status).toBe(200);
    for (const stream of streams.slice(1)) await stream.body?.cancel();
    await appliance.call('DELETE', `/api/v1/media/jobs?jobId=${jobId}`);
  });

  test('after all of it the books are right', () => {
    const database = openDatabase(join(appliance.dataFolder, 'appliance.sqlite'));
    expect(() => checkLedger(database.connection)).not.toThrow();
    database.connection.close();
  });
});
