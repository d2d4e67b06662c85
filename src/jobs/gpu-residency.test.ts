import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../log.ts';
import { startGpuAppliance } from '../testing/gpu-appliance.ts';
import { fakeJob, fakeModels, type TestAppliance, untilJob } from '../testing/test-appliance.ts';
import { until } from '../testing/until.ts';

/** Two models of which one fits onto the pretended GPU, by the fake runner. */
const heldBytes = 6e9;

function manifest(name: string, task: string, args: string[]): string {
  const program = ['bun', 'run', 'src/testing/fake-runner.ts', '--tasks', task];
  const command = [...program, '--held-bytes', String(heldBytes), ...args];
  return `
name = "${name}"
tasks = ["${task}"]
engine = "gpu"
environment = "one"
version = "1"
command = ${JSON.stringify(command)}
cpuSlots = 1
vramBytes = ${heldBytes}
[estimate]
seconds = 0.1
secondsPerUnit = 0.0
[memory]
hostBytes = ${heldBytes}
runBytes = 1_000_000_000
runBytesPerUnit = 0
`;
}

let environment: string;
beforeAll(() => {
  environment = mkdtempSync(join(tmpdir(), 'kt-environment-'));
  // The fake runner is a program of Bun's: its environment is a folder of packages, which it needs none of.
  mkdirSync(join(environment, 'node_modules'));
});
afterAll(() => rmSync(environment, { recursive: true }));

async function withAppliance(
  options: { args?: string[]; gpuBytes?: number; settings?: Record<string, string> },
  use: (appliance: TestAppliance, told: () => string[]) => Promise<void>,
): Promise<void> {
  const modelsFolder = fakeModels();
  const { args = [], gpuBytes = 10e9, settings = {} } = options;
  writeFileSync(join(modelsFolder, 'image.toml'), manifest('qwen-image', 'image.generate', args));
  writeFileSync(join(modelsFolder, 'effect.toml'), manifest('moss-sound-effect', 'moss.sound.effect', args));
  const lines: string[] = [];
  const log = createLog({ level: 'info', write: (line) => void lines.push(line), now: () => 0 });
  const appliance = await startGpuAppliance({
    ...{ environments: { one: environment }, weights: {}, modelsFolder, gpuBytes, log },
    settings: { KT_SCHEDULER_PARKED_BYTES_MAX: String(20e9), KT_SCHEDULER_WARM_PREFERENCE: '0', ...settings },
  });
  try {
    await use(appliance, () => lines);
  } finally {
    await appliance.stop();
    for (const folder of [appliance.dataFolder, modelsFolder]) rmSync(folder, { recursive: true });
  }
}

type Told = { message: string; model?: string; device?: string };

/** What was done with models, of what was told. */
function steps(told: string[]): string[] {
  const words = new Map([
    ['starting runner', 'load'],
    ['parking a model', 'park'],
    ['bringing a parked model back', 'wake'],
    ['stopping idle runner', 'unload'],
  ]);
  return told
    .map((line): Told => JSON.parse(line))
    .flatMap(({ message, model, device }) => {
      const word = words.get(message);
      return word === undefined ? [] : [[word, model, ...(device ? ['on', device] : [])].join(' ')];
    });
}

async function run(appliance: TestAppliance, body: Record<string, unknown>) {
  const submitted = await appliance.call('POST', '/api/v1/media/jobs', { body });
  expect(submitted.status).toBe(202);
  return untilJob(appliance, submitted.body.jobId);
}

const image = fakeJob();
const effect = { ...fakeJob(), task: 'moss.sound.effect' };

test('models that do not fit together take turns on the GPU, by way of the host memory', async () => {
  await withAppliance({}, async (appliance, told) => {
    for (const body of [image, image, effect, image]) {
      expect(await run(appliance, body)).toMatchObject({ status: 'succeeded' });
    }
    expect(steps(told())).toEqual([
      'load qwen-image on cpu',
      'park qwen-image',
      'load moss-sound-effect on cpu',
      'park moss-sound-effect',
      'wake qwen-image on cpu',
    ]);
  });
});

test('a model that can not be woken is loaded anew, and its job runs', async () => {
  await withAppliance({ args: ['--fails-to', 'wake'] }, async (appliance, told) => {
    for (const body of [image, effect, image]) {
      expect(await run(appliance, body)).toMatchObject({ status: 'succeeded' });
    }
    expect(steps(told()).slice(-2)).toEqual(['wake qwen-image on cpu', 'load qwen-image on cpu']);
  });
});

test('without room in the host memory a model goes to disk', async () => {
  const settings = { KT_SCHEDULER_PARKED_BYTES_MAX: String(heldBytes - 1) };
  await withAppliance({ settings }, async (appliance, told) => {
    for (const body of [image, effect]) {
      expect(await run(appliance, body)).toMatchObject({ status: 'succeeded' });
    }
    expect(steps(told())[1]).toBe('unload qwen-image');
  });
});

test('a job that runs out of memory is tried once more, alone on the GPU, then refunded', async () => {
  const settings = { KT_JOBS_MAX_ATTEMPTS: '5' };
  await withAppliance({ gpuBytes: 20e9, settings }, async (appliance, told) => {
    await run(appliance, effect);
    const { status, attempts, billing } = await run(appliance, fakeJob({ ending: 'out_of_memory' }));
    expect({ status, attempts, refunded: billing.refunded }).toEqual({
      ...{ status: 'failed', attempts: 2, refunded: true },
    });
    expect(steps(told())).toEqual([
      'load moss-sound-effect on cpu',
      'load qwen-image on cpu',
      'park moss-sound-effect',
    ]);
  });
});

test('a model that is to be there before it is wanted is loaded at the start, and a pinned one stays', async () => {
  const settings = { KT_SCHEDULER_PRELOAD: 'qwen-image', KT_SCHEDULER_PINNED: 'qwen-image' };
  await withAppliance({ settings }, async (appliance, told) => {
    await until(() => steps(told()).length > 0);
    expect(steps(told())).toEqual(['load qwen-image on cpu']);
    const submitted = await appliance.call('POST', '/api/v1/media/jobs', { body: effect });
    expect(submitted.status).toBe(202);
    expect(await run(appliance, image)).toMatchObject({ status: 'succeeded' });
    expect(steps(told())).toEqual(['load qwen-image on cpu']);
  });
});
