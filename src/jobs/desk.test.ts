import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
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
