import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGpuAppliance, type GpuApplianceOptions } from '../testing/gpu-appliance.ts';
import { fakeJob, fakeModels, type TestAppliance, untilJob } from '../testing/test-appliance.ts';

const vramBytes = 8e9;

/** `qwen-image` as a gpu model whose program is the fake runner, beside the draft that it stands for. */
const manifest = `
name = "qwen-image"
tasks = ["image.generate"]
engine = "gpu"
environment = "diffusion"
version = "1"
command = ["bun", "run", "src/testing/fake-runner.ts", "--tasks", "image.generate"]
cpuSlots = 1
vramBytes = ${vramBytes}
[estimate]
seconds = 1.0
secondsPerUnit = 0.0
[memory]
hostBytes = 0
runBytes = 1000
runBytesPerUnit = 0
[[weights]]
source = "owner/tiny"
revision = "r1"
licence = "MIT"
bytes = 5
files = ["*"]
`;

let modelsFolder: string;
let environment: string;
let weights: string;
beforeAll(() => {
  modelsFolder = fakeModels();
  writeFileSync(join(modelsFolder, 'qwen-image.toml'), manifest);
  environment = mkdtempSync(join(tmpdir(), 'kt-environment-'));
  // The fake runner is a program of Bun's: its environment is a folder of packages, which it needs none of.
  mkdirSync(join(environment, 'node_modules'));
  weights = mkdtempSync(join(tmpdir(), 'kt-weights-'));
  writeFileSync(join(weights, 'model.safetensors'), '12345');
});
afterAll(() => {
  for (const folder of [modelsFolder, environment, weights]) rmSync(folder, { recursive: true });
});

async function withAppliance(
  options: Partial<GpuApplianceOptions>,
  use: (appliance: TestAppliance) => Promise<void>,
): Promise<void> {
  const whole = {
    environments: { diffusion: environment },
    weights: { 'qwen-image': weights },
    modelsFolder,
  };
  const appliance = await startGpuAppliance({ ...whole, ...options });
  try {
    await use(appliance);
  } finally {
    await appliance.stop();
    rmSync(appliance.dataFolder, { recursive: true });
  }
}

const submit = (appliance: TestAppliance) =>
  appliance.call('POST', '/api/v1/media/jobs', { body: fakeJob() });

describe('a gpu model', () => {
  test('that is installed and fits runs its task, and is no draft', async () => {
    await withAppliance({}, async (appliance) => {
      const { status, body } = await submit(appliance);
      expect(status).toBe(202);
      expect(body).toMatchObject({ engine: 'gpu', draft: false });
      expect(await untilJob(appliance, body.jobId)).toMatchObject({ status: 'succeeded' });
      const health = (await appliance.call('GET', '/api/v1/health')).body;
      expect(health.models).toContainEqual(expect.objectContaining({ name: 'qwen-image', usable: true }));
      expect(health.gpus).toEqual([{ device: 'cpu', name: 'cpu', totalBytes: 10e12 }]);
    });
  });

  const refusals: [string, Partial<GpuApplianceOptions>, RegExp, object][] = [
    [
      'its environment',
      { environments: {} },
      /not installed here\. To install it: \.\/scripts\/models install qwen-image$/,
      { reason: 'environment_missing', command: './scripts/models install qwen-image' },
    ],
    [
      'its weights',
      { weights: {} },
      /not installed here\. To install it: \.\/scripts\/models install qwen-image$/,
      { reason: 'weights_missing', command: './scripts/models install qwen-image' },
    ],
    [
      'a GPU that is large enough',
      { gpuBytes: vramBytes },
      /needs a GPU with 8\.1 GB; the largest here has 8\.0 GB/,
      { reason: 'gpu_too_small', neededBytes: vramBytes + 1000, largestBytes: vramBytes },
    ],
  ];
  test.each(refusals)(
    'that lacks %s is refused, and what is missing is told',
    async (_what, options, message, details) => {
      await withAppliance(options, async (appliance) => {
        const { status, body } = await submit(appliance);
        expect(status).toBe(503);
        expect(body).toMatchObject({
          code: 'model_not_installed',
          details: { model: 'qwen-image', ...details },
        });
        expect(body.error).toMatch(message);
        const { models } = (await appliance.call('GET', '/api/v1/health')).body;
        const { reason } = body.details;
        expect(models).toContainEqual(expect.objectContaining({ name: 'qwen-image', usable: false, reason }));
      });
    },
  );

  test('that is not usable leaves its task to the draft under the profile auto', async () => {
    await withAppliance({ weights: {}, settings: { KT_PROFILE: 'auto' } }, async (appliance) => {
      expect((await submit(appliance)).body).toMatchObject({ engine: 'embedded', draft: true });
    });
    await withAppliance({ settings: { KT_PROFILE: 'auto' } }, async (appliance) => {
      expect((await submit(appliance)).body).toMatchObject({ engine: 'gpu', draft: false });
    });
  });

  test('does the task that the operator gave it, and no other', async () => {
    const variant = manifest.replaceAll('"qwen-image"', '"quick-image"');
    writeFileSync(join(modelsFolder, 'quick-image.toml'), variant);
    const settings = { KT_ENGINES_MODELS: 'image.generate=quick-image' };
    try {
      await withAppliance({ settings, weights: { 'quick-image': weights } }, async (appliance) => {
        const { body } = await submit(appliance);
        await untilJob(appliance, body.jobId);
        const { models } = (await appliance.call('GET', '/api/v1/health')).body;
        expect(models.filter(({ state }: { state: string }) => state === 'ready')).toEqual([
          expect.objectContaining({ name: 'quick-image' }),
        ]);
      });
      const wrong = { KT_ENGINES_MODELS: 'image.edit=quick-image,image.generate=nobody' };
      await expect(withAppliance({ settings: wrong }, () => Promise.resolve())).rejects.toThrow(
        /image\.edit is done by no model\n.*image\.generate is done by quick-image, qwen-image/,
      );
    } finally {
      rmSync(join(modelsFolder, 'quick-image.toml'));
    }
  });
});
