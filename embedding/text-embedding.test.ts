import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../src/log.ts';
import { loadManifests } from '../src/runners/manifest.ts';
import { createRunner, type Runner } from '../src/runners/runner.ts';
import { makeTestEnvironment, testEnvironments, tinyModel } from './testing/make-environment.ts';

/** The runner as the appliance starts it, with the real library and a tiny model. */

const project = join(import.meta.dir, '..');
let runner: Runner;
let scratch: string;
let jobs = 0;

async function createTestRunner(modelFolder: string): Promise<Runner> {
  const manifest = (await loadManifests(join(project, 'models'))).find(
    ({ name }) => name === 'text-embedding',
  );
  if (!manifest) throw new Error('There is no manifest of the model.');
  return createRunner({
    ...{ manifest, clock: () => 0, log: silentLog, environment: { PATH: process.env.PATH } },
    folders: {
      ...{ project, environments: testEnvironments, scratch },
      ...{ logs: join(scratch, 'logs'), run: join(scratch, 'run') },
    },
    limits: { startSeconds: 50, stallSeconds: 50, outputBytesMax: 1000, logBytesMax: 100_000 },
    loadTarget: () => ({ modelFolder, device: 'cpu', dtype: manifest.dtype ?? null, memoryMode: null }),
  });
}

beforeAll(async () => {
  await makeTestEnvironment();
  scratch = mkdtempSync(join(tmpdir(), 'kt-embedding-'));
  runner = await createTestRunner(tinyModel);
  await runner.start();
}, 600_000);
afterAll(async () => {
  await runner.stop({ graceSeconds: 0 });
  rmSync(scratch, { recursive: true });
});

function run(params: object) {
  const jobId = `job_${jobs++}`;
  const folders = { outputFolder: join(scratch, jobId), scratchFolder: join(scratch, `${jobId}s`) };
  return runner.run({ jobId, task: 'embed', params, ...folders, onProgress: () => {} });
}

async function vectorsOf(...texts: string[]): Promise<number[][]> {
  const outcome = await run({ texts });
  if (!outcome.ok) throw new Error(outcome.failure.message);
  return outcome.result.metadata['vectors'] as number[][];
}

const product = (one: number[] = [], other: number[] = []) =>
  one.reduce((sum, value, place) => sum + value * (other[place] ?? Number.NaN), 0);

test('texts of one meaning have near vectors of length 1, and others have not', async () => {
  const [car, automobile, puppy] = await vectorsOf('car', 'automobile', 'puppy');
  expect(product(car, car)).toBeCloseTo(1, 4);
  expect(product(automobile, automobile)).toBeCloseTo(1, 4);
  expect(product(car, automobile)).toBeGreaterThan(0.9);
  expect(Math.abs(product(car, puppy))).toBeLessThan(0.1);
});

test('a text has the same vector alone as beside a longer one, in whatever case', async () => {
  const [alone = []] = await vectorsOf('A Dog in the SEA');
  const [beside = []] = await vectorsOf('a dog in the sea', `castle ${'forest '.repeat(40)}`);
  expect(product(alone, beside)).toBeCloseTo(1, 4);
});

test('whatever somebody wrote has a vector of numbers: nothing, control characters, other scripts, thousands of words', async () => {
  const texts = ['', ' \n\t', '\u0000', '🦊', '字', '[SEP] [CLS]', 'sea '.repeat(2500)];
  const vectors = await vectorsOf(...texts);
  expect(vectors).toHaveLength(texts.length);
  for (const vector of vectors) expect(product(vector, vector)).toBeCloseTo(1, 4);
});

test('no texts, too many, and what is no text are refused', async () => {
  for (const texts of [[], Array.from({ length: 65 }, () => 'x'), [1], 'car', ['x'.repeat(10_001)]]) {
    expect(await run({ texts })).toMatchObject({ ok: false, failure: { kind: 'invalid_input' } });
  }
  expect(await vectorsOf('car')).toHaveLength(1);
});

test('a folder without weights is a failed start, and nothing is fetched instead', async () => {
  const broken = await createTestRunner(join(scratch, 'Xenova'));
  await expect(broken.start()).rejects.toThrow();
  await broken.stop({ graceSeconds: 0 });
});
