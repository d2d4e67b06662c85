import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Answer,
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../../testing/test-appliance.ts';
import { anotherKey, download, faultsOf, filesOnDisk } from './test-assets.ts';

const hourMs = 3_600_000;
let appliance: TestAppliance;
let now = Date.parse('2026-05-01T12:00:00Z');
beforeAll(async () => {
  appliance = await startTestAppliance({
    ...{ modelsFolder: fakeModels(), clock: () => now },
    environment: { KT_PRICING_DRAFT_MULTIPLIER: '1' },
  });
});
afterAll(() => appliance.stop());

const studio = (method: string, path: string, body?: unknown, key = appliance.apiKey) =>
  appliance.call(method, `/api/v1/studio/${path}`, { key, ...(body === undefined ? {} : { body }) });

let made = 0;
const outputOf = (text: string, filename = 'output.json') => ({
  ...{ filename, text: JSON.stringify(text), mimeType: 'application/json' },
});

/** A job that has succeeded, whose outputs no other has. */
async function finishedJob(names = ['output.json']): Promise<Answer['body']> {
  const outputs = names.map((name) => outputOf(`${(made += 1)}`, name));
  const { body } = await appliance.call('POST', '/api/v1/media/jobs', { body: fakeJob({ outputs }) });
  return untilJob(appliance, body.jobId);
}
const keep = (jobId: string, more: object = {}) => studio('POST', 'assets/keep', { jobId, ...more });

describe('an output that is kept', () => {
  test('outlives its job’s files, and takes no room before', async () => {
    const job = await finishedJob();
    const { status, body } = await keep(job.jobId, { title: 'The fox' });
    const [asset] = body.assets;
    expect([status, asset.title, asset.kind, asset.filename]).toEqual([
      201,
      'The fox',
      'other',
      'output.json',
    ]);
    expect(asset).toMatchObject({ sha256: job.outputs[0].sha256, origin: { type: 'job', jobId: job.jobId } });
    const name = filesOnDisk(appliance.dataFolder).find((path) => path.endsWith(asset.sha256)) ?? '';
    const kept = await stat(join(appliance.dataFolder, 'files/assets', name));
    const output = join(appliance.dataFolder, 'files/jobs', job.jobId, 'out/output.json');
    expect(kept.ino).toBe((await stat(output)).ino);
    now += 73 * hourMs;
    await appliance.maintain();
    expect((await untilJob(appliance, job.jobId)).filesRemovedAt).not.toBeNull();
    expect(await Bun.file(output).exists()).toBe(false);
    const { url } = (await studio('GET', `assets?assetId=${asset.assetId}`)).body;
    expect(await (await download(appliance, url)).json()).toBe(`${made}`);
    expect((await keep(job.jobId, { title: 'again' })).body.assets[0].assetId).toBe(asset.assetId);
  });

  test('is the same asset when it is kept again, at once too, and another in another project', async () => {
    const { jobId } = await finishedJob();
    const answers = await Promise.all([keep(jobId), keep(jobId), keep(jobId)]);
    const ids = answers.map(({ body }) => body.assets[0].assetId);
    expect(new Set(ids).size).toBe(1);
    const { projectId } = (await studio('POST', 'projects', { name: 'Other' })).body;
    const other = (await keep(jobId, { projectId })).body.assets[0];
    expect([other.projectId, other.assetId === ids[0]]).toEqual([projectId, false]);
    expect(faultsOf(appliance.dataFolder)).toEqual([]);
  });

  test('is one of several where it is named, and each has a title', async () => {
    const { jobId } = await finishedJob(['a.json', 'b.json', 'c.json']);
    const some = (await keep(jobId, { filenames: ['b.json'] })).body.assets;
    expect(some.map(({ filename }: Answer['body']) => filename)).toEqual(['b.json']);
    const all = (await keep(jobId, { title: 'Set' })).body.assets;
    expect(all.map(({ title }: Answer['body']) => title)[2]).toBe('Set (3)');
    expect(all[1].assetId).toBe(some[0].assetId);
    expect((await keep(jobId, { filenames: ['d.json'] })).status).toBe(404);
  });

  test('is found by the words of its job', async () => {
    const { jobId } = await finishedJob();
    const { projectId } = (await studio('POST', 'projects', { name: 'Words' })).body;
    await keep(jobId, { projectId, title: 'Untitled' });
    const found = await studio('GET', `projects/assets?projectId=${projectId}&q=filename`);
    expect(found.body.assets.map(({ title }: Answer['body']) => title)).toEqual(['Untitled']);
  });
});

describe('what can’t be kept', () => {
  test('is another account’s, a job without outputs, and files that are gone', async () => {
    const job = await finishedJob();
    const otherKey = await anotherKey(appliance);
    const theirs = await studio('POST', 'assets/keep', { jobId: job.jobId }, otherKey);
    expect([theirs.status, theirs.body.code]).toEqual([404, 'not_found']);
    const failing = await appliance.call('POST', '/api/v1/media/jobs', {
      body: fakeJob({ ending: 'invalid_input' }),
    });
    await untilJob(appliance, failing.body.jobId);
    expect((await keep(failing.body.jobId)).body.code).toBe('no_outputs');
    await rm(join(appliance.dataFolder, 'files/jobs', job.jobId), { recursive: true });
    expect((await keep(job.jobId)).status).toBe(410);
    now += 73 * hourMs;
    await appliance.maintain();
    const gone = await keep(job.jobId);
    expect([gone.status, gone.body.code]).toEqual([410, 'file_gone']);
    expect(faultsOf(appliance.dataFolder)).toEqual([]);
  });
});

test('a plan keeps what its steps make, in its project', async () => {
  const { projectId } = (await studio('POST', 'projects', { name: 'Planned' })).body;
  const outputs = [outputOf('planned')];
  const steps = [
    { id: 'a', title: 'The first step', task: 'image.generate', input: fakeJob({ outputs })['input'] },
  ];
  const plan = (await studio('POST', 'agent/plans', { projectId, steps })).body;
  const { planId, planHash, amountMicros } = plan;
  await studio('POST', 'agent/approval-plans/execute', { planId, planHash, amountMicros });
  let seen = plan;
  while (seen.finishedAt === null) {
    await Bun.sleep(20);
    seen = (await studio('GET', `agent/plans?planId=${planId}`)).body;
  }
  const { assets } = (await studio('GET', `projects/assets?projectId=${projectId}`)).body;
  expect(assets.map(({ title }: Answer['body']) => title)).toEqual(['The first step']);
  expect(seen.steps[0].assetIds).toEqual([assets[0].assetId]);
});
