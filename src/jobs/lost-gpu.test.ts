import { afterAll, beforeAll, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Log, silentLog } from '../log.ts';
import { prepareGpuFolders } from '../testing/gpu-appliance.ts';
import {
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../testing/test-appliance.ts';

/** An appliance whose one GPU is what a made-up nvidia-smi says, and whose models are the fake runner. */

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
  // The fake runner is a program of Bun's: its environment is a folder of packages, which it needs none of.
  mkdirSync(join(environment, 'node_modules'));
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

/** As where the driver is not loaded yet. */
function withoutDriver(): void {
  rmSync(join(bin, 'nvidia-smi'), { force: true });
}

type Folders = { dataFolder: string; modelsFolder: string; log?: Log };

async function withFolders(use: (folders: Folders) => Promise<void>): Promise<void> {
  const models = fakeModels();
  writeFileSync(join(models, 'qwen-image.toml'), manifest);
  const folders = await prepareGpuFolders({
    ...{ environments: { diffusion: environment }, weights: {}, modelsFolder: models },
  });
  try {
    await use(folders);
  } finally {
    for (const folder of [models, folders.modelsFolder, folders.dataFolder])
      rmSync(folder, { recursive: true });
  }
}

async function started(
  folders: Folders,
  settings: Record<string, string>,
  use: (appliance: TestAppliance) => Promise<void>,
): Promise<void> {
  const appliance = await startTestAppliance({
    ...folders,
    processEnvironment: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
    environment: { KT_PROFILE: 'gpu', ...settings },
  });
  try {
    await use(appliance);
  } finally {
    await appliance.stop();
  }
}

async function withAppliance(
  settings: Record<string, string>,
  use: (appliance: TestAppliance) => Promise<void>,
): Promise<void> {
  driver(true);
  await withFolders((folders) => started(folders, settings, use));
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

/** Until the GPU counts as there. */
async function untilThere(appliance: TestAppliance) {
  for (let tries = 0; tries < 500; tries++) {
    const body = await health(appliance);
    if (body.gpus.length > 0) return body;
    await Bun.sleep(20);
  }
  throw new Error('It was not found.');
}

test('a GPU that comes after the start is told, and used without another start', async () => {
  withoutDriver();
  const settings = { KT_GPU_LOOK_SECONDS: '0.05', KT_SCHEDULER_PRELOAD: 'qwen-image' };
  const steps: string[] = [];
  const note = (text: string, fields?: object) => void steps.push(JSON.stringify({ text, ...fields }));
  const log: Log = { ...silentLog, info: note };
  await withFolders((folders) =>
    started({ ...folders, log }, settings, async (appliance) => {
      expect(await health(appliance)).toMatchObject({ gpus: [] });
      const refused = await submit(appliance);
      expect([refused.status, refused.body.code, refused.body.details.reason]).toEqual([
        ...[503, 'model_not_installed', 'gpu_missing'],
      ]);

      driver(true);
      const found = await untilThere(appliance);
      expect(found).toMatchObject({ status: 'ok', gpus: [{ device: 'cuda:0' }] });
      expect(found.models).toContainEqual(expect.objectContaining({ name: 'qwen-image', usable: true }));
      // By itself: it is to be there before it is wanted.
      const load = JSON.stringify({ text: 'starting runner', model: 'qwen-image', device: 'cuda:0' });
      for (let tries = 0; tries < 500 && !steps.includes(load); tries++) await Bun.sleep(20);
      expect(steps).toContain(load);
      const { jobId } = (await submit(appliance)).body;
      expect(await untilJob(appliance, jobId)).toMatchObject({ status: 'succeeded', engine: 'gpu' });
    }),
  );
});

test('with the profile auto a task moves from its draft to its model when a GPU comes', async () => {
  withoutDriver();
  const auto = { KT_PROFILE: 'auto', KT_GPU_LOOK_SECONDS: '0.05' };
  await withFolders((folders) =>
    started(folders, auto, async (appliance) => {
      const { jobId: draft } = (await submit(appliance)).body;
      expect(await untilJob(appliance, draft)).toMatchObject({ engine: 'embedded', draft: true });
      driver(true);
      await untilThere(appliance);
      const { jobId } = (await submit(appliance)).body;
      expect(await untilJob(appliance, jobId)).toMatchObject({ status: 'succeeded', engine: 'gpu' });
    }),
  );
});

test('a job of before a restart waits for its GPU where that comes later', async () => {
  driver(true);
  await withFolders(async (folders) => {
    let jobId = '';
    await started(folders, {}, async (appliance) => {
      jobId = (await submit(appliance, { milliseconds: 1000 })).body.jobId;
      await untilJob(appliance, jobId, ['running']);
    });
    withoutDriver();
    await started(folders, { KT_GPU_LOOK_SECONDS: '0.05' }, async (appliance) => {
      expect(await health(appliance)).toMatchObject({ gpus: [] });
      expect(await untilJob(appliance, jobId, ['queued'])).toMatchObject({ status: 'queued' });
      driver(true);
      expect(await untilJob(appliance, jobId)).toMatchObject({ status: 'succeeded', engine: 'gpu' });
    });
  });
});
