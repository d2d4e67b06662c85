import { afterEach, describe, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Answer,
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../testing/test-appliance.ts';

/** When a full queue asks its clients to come again. That it is full at its cap: `routes.test.ts`. */

let appliance: TestAppliance;
afterEach(() => appliance.stop());

/** An appliance that computes one job at a time, each of which it expects to take so long. */
async function start(estimatedSeconds: number, environment: Record<string, string>) {
  const modelsFolder = fakeModels();
  const manifest = join(modelsFolder, 'draft-image.toml');
  const text = readFileSync(manifest, 'utf8').replace('seconds = 1.0', `seconds = ${estimatedSeconds}.0`);
  writeFileSync(manifest, text);
  appliance = await startTestAppliance({
    modelsFolder,
    environment: { KT_SCHEDULER_CPU_SLOTS: '1', KT_PRICING_DRAFT_MULTIPLIER: '0', ...environment },
  });
  const running = await submit();
  await untilJob(appliance, running.body.jobId, ['running']);
}
const submit = (key = appliance.apiKey, priority = 'standard') =>
  appliance.call('POST', '/api/v1/media/jobs', {
    key,
    body: { ...fakeJob({ ending: 'hang' }), priority },
  });
const retryAfter = ({ headers }: Answer) => Number(headers.get('retry-after'));
async function anotherAccount(): Promise<string> {
  const { body } = await appliance.call('POST', '/api/v1/admin/accounts', {
    key: appliance.adminKey,
    body: { name: 'another' },
  });
  return body.apiKey;
}

describe('a full queue', () => {
  test('of an account is to be tried again when one of its own jobs is likely to start', async () => {
    await start(40, { KT_JOBS_QUEUED_PER_ACCOUNT_MAX: '2' });
    const other = await anotherAccount();
    expect((await submit()).status).toBe(202);
    expect((await submit()).status).toBe(202);
    const before = await submit();
    expect(before.body.code).toBe('account_queue_full');
    expect(retryAfter(before)).toBeWithin(38, 41);
    expect((await submit(other, 'interactive')).status).toBe(202);
    expect(retryAfter(await submit())).toBeWithin(78, 81);
  });

  test('of all accounts is to be tried again when any job is likely to start', async () => {
    await start(40, { KT_JOBS_QUEUED_MAX: '2' });
    expect((await submit()).status).toBe(202);
    expect((await submit(await anotherAccount())).status).toBe(202);
    const refused = await submit();
    expect(refused.body.code).toBe('queue_full');
    expect(retryAfter(refused)).toBeWithin(38, 41);
  });

  test('asks nobody to wait for more than five minutes', async () => {
    await start(5000, { KT_JOBS_QUEUED_MAX: '1' });
    expect((await submit()).status).toBe(202);
    expect(retryAfter(await submit())).toBe(300);
  });

  test('asks for a second where a job is expected to start at once', async () => {
    await start(0, { KT_JOBS_QUEUED_MAX: '1' });
    expect((await submit()).status).toBe(202);
    expect(retryAfter(await submit())).toBe(1);
  });
});
