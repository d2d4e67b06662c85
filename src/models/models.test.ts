import { beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GpuModel } from './gpu-model.ts';
import { alwaysPresent } from './gpu-presence.ts';
import { declaredGpus } from './gpus.ts';
import { createModels, type Models } from './models.ts';

const model: GpuModel = {
  name: 'painter',
  engine: 'gpu',
  command: ['python', 'painter.py'],
  environment: 'diffusion',
  dtype: 'bfloat16',
  vramBytes: 20e9,
  memory: {
    hostBytes: 20e9,
    runBytes: 2e9,
    runBytesPerUnit: 0,
    modes: [{ name: 'offload', vramBytes: 6e9 }],
  },
  weights: [{ source: 'a/b', revision: 'r1', licence: 'MIT', bytes: 5, files: ['*'] }],
};

let data: string;
let now: number;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'kt-models-'));
  now = 0;
});

function models(devices: string[] = ['cuda:0=24000000000'], wanted: GpuModel[] = [model]): Models {
  return createModels({
    models: [
      ...wanted,
      { name: 'draft', engine: 'embedded', command: ['bun', 'run', 'draft.ts'], vramBytes: 0 },
    ],
    presence: alwaysPresent(declaredGpus(devices)),
    weightsFolder: join(data, 'models'),
    environmentPath: ({ environment }) => (environment ? join(data, environment, 'python') : null),
    clock: () => now,
  });
}

function makeEnvironment(): void {
  mkdirSync(join(data, 'diffusion'), { recursive: true });
  writeFileSync(join(data, 'diffusion', 'python'), '');
}

const folder = () => join(data, 'models', 'painter');

function installWeights(revision = 'r1'): void {
  const files = [{ path: 'sub/weights.bin', bytes: 5, sha256: 'a'.repeat(64) }];
  const sources = [{ source: 'a/b', revision, commit: null, licence: 'MIT', folder: '' }];
  mkdirSync(join(folder(), 'sub'), { recursive: true });
  writeFileSync(join(folder(), 'sub', 'weights.bin'), '12345');
  writeFileSync(join(folder(), 'installed.json'), JSON.stringify({ model: 'painter', sources, files }));
}

describe('a gpu model', () => {
  test('is usable when its environment, its weights and a GPU that fits it are there', () => {
    const found = models();
    expect(found.usability('painter')).toMatchObject({ why: { reason: 'environment_missing' } });
    makeEnvironment();
    now += 2000;
    expect(found.usability('painter')).toEqual({ usable: false, why: { reason: 'weights_missing' } });
    installWeights();
    now += 2000;
    const placement = { device: 'cuda:0', memoryMode: null, vramBytes: 20e9 };
    expect(found.usability('painter')).toEqual({ usable: true, placement });
    rmSync(folder(), { recursive: true });
    now += 2000;
    expect(found.usability('painter').usable).toBe(false);
  });

  test('is not usable with weights of another revision, or that are cut short', () => {
    makeEnvironment();
    installWeights('r0');
    expect(models().usability('painter')).toMatchObject({ why: { reason: 'weights_outdated' } });
    installWeights();
    writeFileSync(join(folder(), 'sub', 'weights.bin'), '1234');
    expect(models().usability('painter')).toMatchObject({
      why: { reason: 'weights_damaged', file: 'sub/weights.bin' },
    });
    writeFileSync(join(folder(), 'installed.json'), '{"model": "painter", "sou');
    expect(models().usability('painter')).toMatchObject({ why: { reason: 'weights_missing' } });
  });

  test('goes onto the largest GPU, in a mode that fits it', () => {
    makeEnvironment();
    installWeights();
    const placementWith = (...devices: string[]) => models(devices).usability('painter');
    expect(placementWith('cuda:0=21000000000', 'cuda:1=22000000000')).toMatchObject({
      placement: { device: 'cuda:1', memoryMode: null },
    });
    expect(placementWith('cuda:0=8000000000')).toMatchObject({
      placement: { device: 'cuda:0', memoryMode: 'offload', vramBytes: 6e9 },
    });
    // A smaller card beside it wants its own mode.
    const two = models(['cuda:0=24000000000', 'cuda:1=8000000000']);
    expect(two.loadTarget('painter', 'cuda:1')).toMatchObject({ device: 'cuda:1', memoryMode: 'offload' });
    expect(two.loadTarget('painter', 'cuda:0')).toMatchObject({ device: 'cuda:0', memoryMode: null });
    expect(placementWith('cuda:0=7999999999')).toEqual({
      usable: false,
      why: { reason: 'gpu_too_small', neededBytes: 8e9, largestBytes: 7_999_999_999 },
    });
    expect(placementWith()).toEqual({ usable: false, why: { reason: 'gpu_missing', neededBytes: 8e9 } });
  });

  test('is loaded from its folder, with its number type on a GPU and the runner’s own on a processor', () => {
    expect(models(['cuda:0=8000000000']).loadTarget('painter')).toEqual({
      modelFolder: folder(),
      device: 'cuda:0',
      dtype: 'bfloat16',
      memoryMode: 'offload',
    });
    expect(models(['cpu=99000000000']).loadTarget('painter')).toMatchObject({
      device: 'cpu',
      dtype: null,
      memoryMode: null,
    });
  });
});

test('a model for the processor wants its environment and its weights, and no GPU', () => {
  const { memory: _, ...painter } = model;
  const found = models([], [{ ...painter, engine: 'cpu', dtype: 'q8' }]);
  expect(found.usability('painter')).toMatchObject({ why: { reason: 'environment_missing' } });
  makeEnvironment();
  now += 2000;
  expect(found.usability('painter')).toMatchObject({ why: { reason: 'weights_missing' } });
  installWeights();
  now += 2000;
  expect(found.usability('painter')).toEqual({ usable: true, placement: null });
  expect(found.loadTarget('painter')).toEqual({
    ...{ modelFolder: folder(), device: 'cpu', dtype: 'q8', memoryMode: null },
  });
});

test('a model that needs no GPU is usable, and one without a manifest is not', () => {
  expect(models([]).usability('draft')).toEqual({ usable: true, placement: null });
  expect(models([]).loadTarget('draft')).toEqual({
    ...{ modelFolder: null, device: 'cpu', dtype: null, memoryMode: null },
  });
  expect(models().usability('nobody')).toEqual({ usable: false, why: { reason: 'unknown' } });
});
