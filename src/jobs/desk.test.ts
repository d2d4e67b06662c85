import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { ApplianceError } from '../errors.ts';
import type { Caller } from '../identity/authenticate.ts';
import { noLimits } from '../identity/key-limits.ts';
import { fakeJob, fakeModels, startTestAppliance, type TestAppliance } from '../testing/test-appliance.ts';
import { expectedAudio, expectedImage } from '../media/expected-media.ts';
import type { DeskRequest } from './desk.ts';
import { type ExpectedFiles, expectedFileUrl } from './plan-job.ts';

let appliance: TestAppliance;
let operator: Caller;
beforeAll(async () => {
  const environment = { KT_PRICING_DRAFT_MULTIPLIER: '1' };
  appliance = await startTestAppliance({ modelsFolder: fakeModels(), environment });
  const { accounts } = (await appliance.call('GET', '/api/v1/admin/accounts', { key: appliance.adminKey }))
    .body;
  operator = { accountId: accounts[0].accountId, keyId: 'key_test', role: 'user', limits: noLimits };
});
afterAll(() => appliance.stop());

const origin = 'http://localhost';
const balance = async () => (await appliance.call('GET', '/api/v1/balance')).body.balanceMicros;
function request(job: Parameters<typeof fakeJob>[0] = {}): DeskRequest {
  const { input } = fakeJob(job);
  return { task: 'image.generate', input, priority: 'standard', webhookUrl: null, origin };
}

describe('waiting for a job', () => {
  test('ends with the job, and has told of every state on the way', async () => {
    const { jobId } = await appliance.desk.submit(operator, request());
    const states: string[] = [];
    const onChange = ({ status }: { status: string }) => void states.push(status);
    const job = await appliance.desk.wait(operator, { jobId, origin, seconds: 30, onChange });
    expect(job.status).toBe('succeeded');
    expect(job.downloadableOutputUrls.length).toBe(1);
    expect([...new Set(states)]).toEqual(['queued', 'running', 'succeeded']);
  });

  test('ends at once for a job that has ended', async () => {
    const { jobId } = await appliance.desk.submit(operator, request());
    await appliance.desk.wait(operator, { jobId, origin, seconds: 30 });
    expect((await appliance.desk.wait(operator, { jobId, origin, seconds: 1e6 })).status).toBe('succeeded');
  });

  test('ends when its time is over or nobody waits, and the job goes on', async () => {
    const { jobId } = await appliance.desk.submit(operator, request({ ending: 'hang' }));
    expect((await appliance.desk.wait(operator, { jobId, origin, seconds: 0.05 })).status).not.toBe(
      'succeeded',
    );
    const gone = AbortSignal.abort();
    const waited = await appliance.desk.wait(operator, { jobId, origin, seconds: 1e6, signal: gone });
    expect(['queued', 'running']).toContain(waited.status);
    expect((await appliance.desk.cancel(operator, { jobId, origin })).status).toBe('canceled');
  });

  test("is refused for another account's job", async () => {
    const { jobId } = await appliance.desk.submit(operator, request());
    const stranger = { ...operator, accountId: 'acct_stranger' };
    const waiting = appliance.desk.wait(stranger, { jobId, origin, seconds: 1 });
    expect(waiting).rejects.toMatchObject({ code: 'not_found' });
  });
});

test('a job is quoted on a file that is not there yet, as it will be on the file itself', async () => {
  const url = expectedFileUrl('step-1');
  const edit = (files: ExpectedFiles) =>
    appliance.desk.quote(
      operator,
      { task: 'image.edit', input: { prompt: 'x', sourceImage: url }, ...options },
      files,
    );
  const options = { priority: 'standard', webhookUrl: null, origin } as const;
  const quote = await edit(new Map([[url, expectedImage({ width: 640, height: 320 }, 'png')]]));
  expect(quote.expectedOutput).toMatchObject({ width: 640, height: 320 });
  expect(quote.billing.listMicros).toBe(15_000);
  const sound = edit(new Map([[url, expectedAudio('mp3', 3)]]));
  expect(sound).rejects.toMatchObject({
    code: 'invalid_input',
    details: { issues: [{ path: '/input/sourceImage' }] },
  });
});

test('what goes alongside a submit commits with it, or undoes it', async () => {
  const before = await balance();
  const refuse = () => {
    throw new ApplianceError({ code: 'refused', status: 409, message: 'No.' });
  };
  const submitting = appliance.desk.submit(operator, request(), { before: refuse });
  expect(submitting).rejects.toMatchObject({ code: 'refused' });
  expect(await balance()).toBe(before);
  const seen: unknown[] = [];
  const note = (job: { id: string; amountMicros: number }) => void seen.push([job.id, job.amountMicros]);
  const { jobId, billing } = await appliance.desk.submit(operator, request(), { before: note });
  expect(seen).toEqual([[jobId, billing.amountMicros]]);
  expect(await balance()).toBe(before - billing.amountMicros);
});

describe('a job with the most that may be charged', () => {
  const priceMicros = 20_972;

  test('is taken at that price, and refused above it without a charge, with its quote', async () => {
    const before = await balance();
    const asked = { ...request(), maxAmountMicros: priceMicros - 1 };
    const quote = await appliance.desk.quote(operator, asked);
    await expect(appliance.desk.submit(operator, asked)).rejects.toMatchObject({
      ...{ code: 'price_changed', status: 409 },
      details: {
        maxAmountMicros: priceMicros - 1,
        quote: { task: 'image.generate', billing: { ...quote.billing, amountMicros: priceMicros } },
      },
    });
    expect(await balance()).toBe(before);
    await appliance.desk.submit(operator, { ...asked, maxAmountMicros: priceMicros });
    expect(await balance()).toBe(before - priceMicros);
  });

  test('is the same over HTTP, as JSON and as a form, and its idempotency key may be used again', async () => {
    const { task, input } = request();
    const key = { 'idempotency-key': 'agreed' };
    const url = '/api/v1/media/jobs';
    for (const maxAmountMicros of [0, priceMicros - 1]) {
      const body = { task, input, maxAmountMicros };
      const refused = await appliance.call('POST', url, { body, headers: key });
      expect([refused.status, refused.body.code]).toEqual([409, 'price_changed']);
    }
    const form = new FormData();
    const fields = { task, input: JSON.stringify(input), maxAmountMicros: String(priceMicros - 1) };
    for (const [name, text] of Object.entries(fields)) form.set(name, text);
    const submit = () => {
      const headers = { authorization: `Bearer ${appliance.apiKey}`, ...key };
      return appliance.app.handle(new Request(`${origin}${url}`, { method: 'POST', body: form, headers }));
    };
    expect((await submit()).status).toBe(409);
    form.set('maxAmountMicros', 'two');
    expect((await submit()).status).toBe(422);
    form.set('maxAmountMicros', String(priceMicros));
    expect((await submit()).status).toBe(202);
  });

  test('leaves no file behind where it is refused', async () => {
    const blank = { width: 64, height: 64, channels: 3, background: '#fff' } as const;
    const png = await sharp({ create: blank }).png().toBuffer();
    const sourceImage = `data:image/png;base64,${png.toString('base64')}`;
    const edit = { ...request(), task: 'image.edit', input: { prompt: 'x', sourceImage } };
    await expect(appliance.desk.submit(operator, { ...edit, maxAmountMicros: 0 })).rejects.toMatchObject({
      code: 'price_changed',
    });
    expect(await readdir(join(appliance.dataFolder, 'files/staging'))).toEqual([]);
  });
});
