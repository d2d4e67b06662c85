import { afterAll, beforeAll, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareGpuFolders } from '../testing/gpu-appliance.ts';
import {
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../testing/test-appliance.ts';

/** An appliance whose one GPU is what a made-up nvidia-smi says, and whose model is the fake runner. */

const manifest = `
name = "qwen-image"
tasks = ["image.generate"]
engine = "gpu"
environment = "diffusion"
version = "1"
command = ["bun", "run", "src/testing/fake-runner.ts", "--tasks", "image.generate"]
cpuSlots = 1
vramBytes = 8_000_000_000
[estimate]
seconds = 1.0
secondsPerUnit = 0.0
[memory]
hostBytes = 0
runBytes = 1000
runBytesPerUnit = 0
`;

let bin: string;
let environment: string;
beforeAll(() => {
  bin = mkdtempSync(join(tmpdir(), 'kt-smi-'));
  environment = mkdtempSync(join(tmpdir(), 'kt-environment-'));
  mkdirSync(join(environment, 'bin'));
  writeFileSync(join(environment, 'bin', 'python'), '');
});
afterAll(() => {
  for (const folder of [bin, environment]) rmSync(folder, { recursive: true });
});

/** From now on the driver lists the card, or fails as it does when its only card fell off the bus. */
function driver(isThere: boolean): void {
  const line = '0, GPU-5a2b, NVIDIA H100 80GB HBM3, 81559, 81000';
  const answer = isThere ? `echo '${line}'` : 'echo "Unable to determine the device handle"; exit 15';
  writeFileSync(join(bin, 'nvidia-smi'), `#!/bin/sh\n${answer}\n`);
  chmodSync(join(bin, 'nvidia-smi'), 0o755);
}

async function withAppliance(
  settings: Record<string, string>,
  use: (appliance: TestAppliance) => Promise<void>,
): Promise<void> {
  const models = fakeModels();
  writeFileSync(join(models, 'qwen-image.toml'), manifest);
  driver(true);
  const { dataFolder, modelsFolder } = await prepareGpuFolders({
    ...{ environments: { diffusion: environment }, weights: {}, modelsFolder: models },
  });
  const appliance = await startTestAppliance({
    ...{ dataFolder, modelsFolder },
    processEnvironment: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
    environment: { KT_PROFILE: 'gpu', ...settings },
  });
  try {
    await use(appliance);
  } finally {
    await appliance.stop();
    for (const folder of [models, modelsFolder, dataFolder]) rmSync(folder, { recursive: true });
  }
}

const health = async (appliance: TestAppliance) => (await appliance.call('GET', '/api/v1/health')).body;
const submit = (appliance: TestAppliance, job: Parameters<typeof fakeJob>[0] = {}) =>
  appliance.call('POST', '/api/v1/media/jobs', { body: fakeJob(job) });

/** Until the GPU counts as lost, or does no more. */
async function untilLost(appliance: TestAppliance, isLost = true) {
  for (let tries = 0; tries < 500; tries++) {
    const body = await health(appliance);
    if (body.reasons.some((reason: string) => reason.startsWith('A GPU is lost')) === isLost) return body;
    await Bun.sleep(20);
  }
  throw new Error(isLost ? 'It was not missed.' : 'It did not come back.');
}

test('a lost GPU is told, its jobs wait or are refused, and all is well when it is back', async () => {
  await withAppliance({ KT_GPU_LOOK_SECONDS: '0.05' }, async (appliance) => {
    expect(await health(appliance)).toMatchObject({
      status: 'ok',
      gpus: [{ device: 'cuda:0', name: 'NVIDIA H100 80GB HBM3' }],
    });
    const running = (await submit(appliance, { milliseconds: 3000 })).body.jobId;
    const waiting = (await submit(appliance)).body.jobId;
    await untilJob(appliance, running, ['running']);

    driver(false);
    const unwell = await untilLost(appliance);
    expect(unwell.status).toBe('degraded');
    expect(unwell.reasons[0]).toStartWith('A GPU is lost: cuda:0 (NVIDIA H100 80GB HBM3).');
    expect(unwell.gpus).toEqual([]);
    expect(unwell.models).toContainEqual(
      expect.objectContaining({ name: 'qwen-image', usable: false, reason: 'gpu_lost' }),
    );
    const refused = await submit(appliance);
    expect([refused.status, refused.body.code, refused.body.details]).toEqual([
      503,
      'gpu_lost',
      { task: 'image.generate', model: 'qwen-image', reason: 'gpu_lost', devices: ['cuda:0'] },
    ]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await untilJob(appliance, running, ['queued']);
    expect(await untilJob(appliance, waiting, ['queued'])).toMatchObject({ attempts: 0 });

    driver(true);
    expect((await untilLost(appliance, false)).status).toBe('ok');
    expect(await untilJob(appliance, waiting)).toMatchObject({ status: 'succeeded', engine: 'gpu' });
    expect(await untilJob(appliance, running)).toMatchObject({ status: 'succeeded', attempts: 2 });
    expect((await submit(appliance)).status).toBe(202);
  });
});

test('when a runner dies its GPU is looked at, long before the next time', async () => {
  await withAppliance({ KT_GPU_LOOK_SECONDS: '3600' }, async (appliance) => {
    driver(false);
    const { jobId } = (await submit(appliance, { ending: 'crash' })).body;
    await untilLost(appliance);
    expect((await submit(appliance)).body.code).toBe('gpu_lost');
    expect((await appliance.call('DELETE', `/api/v1/media/jobs?jobId=${jobId}`)).status).toBeLessThan(500);
  });
});
