import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Log } from '../log.ts';
import type { GpuModel } from '../models/gpu-model.ts';
import { writeInstalledWeights } from '../models/installed-weights.ts';
import { loadManifests } from '../runners/manifest.ts';
import { projectRoot, startTestAppliance, type TestAppliance } from './test-appliance.ts';

export interface GpuApplianceOptions {
  /** A Python environment for each name that a manifest's `environment` may have; two names may share one. */
  environments: Readonly<Record<string, string>>;
  /** Folders with (tiny) weights by the model's name: copied, and recorded as if they were what the manifest asks for. */
  weights: Readonly<Record<string, string>>;
  /** What the pretended GPU has; default: enough for anything. */
  gpuBytes?: number;
  /** Default: the project's. */
  modelsFolder?: string;
  /** Other programs than the manifests', by the model's name: a file that defines its runner. */
  runnerFiles?: Readonly<Record<string, string>>;
  /** Further settings, as `KT_…` variables. */
  settings?: Record<string, string>;
  log?: Log;
}

const plenty = 10e12;

/**
 * An appliance with the profile `gpu` on a machine without one: the manifests' own runners, in the given environments,
 * load the given weights on the processor, which pretends to be a GPU.
 */
export async function startGpuAppliance(options: GpuApplianceOptions): Promise<TestAppliance> {
  const { dataFolder, modelsFolder, settings } = await prepareGpuFolders(options);
  return startTestAppliance({
    ...{ dataFolder, modelsFolder, ...(options.log ? { log: options.log } : {}) },
    environment: { ...settings, ...options.settings },
  });
}

/** What such an appliance stands on. */
export interface GpuFolders {
  /** With the environments and the installed weights. */
  dataFolder: string;
  modelsFolder: string;
  /** As `KT_…` variables. */
  settings: Record<string, string>;
}

/** Installs the weights and environments on a new data folder, beside a copy of the manifests. */
export async function prepareGpuFolders(
  options: Pick<
    GpuApplianceOptions,
    'environments' | 'weights' | 'gpuBytes' | 'modelsFolder' | 'runnerFiles'
  >,
): Promise<GpuFolders> {
  const { environments, weights, gpuBytes = plenty } = options;
  const modelsFolder = await copyManifests(options);
  const dataFolder = mkdtempSync(join(tmpdir(), 'kt-gpu-'));
  mkdirSync(join(dataFolder, 'environments'));
  for (const [name, folder] of Object.entries(environments)) {
    symlinkSync(resolve(folder), join(dataFolder, 'environments', name));
  }
  const manifests = await loadManifests(modelsFolder);
  for (const [name, folder] of Object.entries(weights)) {
    const model = manifests.find((manifest) => manifest.name === name);
    if (!model) throw new Error(`There is no manifest of ${name} in ${modelsFolder}.`);
    await installTestWeights({ model, from: folder, modelFolder: join(dataFolder, 'models', name) });
  }
  return { dataFolder, modelsFolder, settings: { KT_PROFILE: 'gpu', KT_GPU_DEVICES: `cpu=${gpuBytes}` } };
}

/** The manifests, with the programs that were asked for. */
async function copyManifests(
  options: Pick<GpuApplianceOptions, 'modelsFolder' | 'runnerFiles'>,
): Promise<string> {
  const { modelsFolder = join(projectRoot, 'models'), runnerFiles = {} } = options;
  const copy = mkdtempSync(join(tmpdir(), 'kt-manifests-'));
  cpSync(modelsFolder, copy, { recursive: true });
  for (const { name, command } of await loadManifests(modelsFolder)) {
    const [file, last] = [runnerFiles[name], command.at(-1)];
    if (file === undefined || last === undefined) continue;
    const path = join(copy, `${name}.toml`);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(JSON.stringify(last), JSON.stringify(file)));
  }
  return copy;
}

/** Copies `from` and writes the record of an install that went well. */
export async function installTestWeights(options: {
  model: GpuModel;
  from: string;
  modelFolder: string;
}): Promise<void> {
  const { model, from, modelFolder } = options;
  cpSync(from, modelFolder, { recursive: true, dereference: true });
  const paths = readdirSync(modelFolder, { recursive: true, encoding: 'utf8' });
  const files = paths
    .filter((path) => statSync(join(modelFolder, path)).isFile())
    .map((path) => {
      const content = readFileSync(join(modelFolder, path));
      return { path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
    });
  const sources = (model.weights ?? []).map(({ source, revision, licence, folder = '' }) => ({
    ...{ source, revision, licence, folder, commit: null },
  }));
  await writeInstalledWeights(modelFolder, { model: model.name, sources, files });
}
