import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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
  /** Further settings, as `KT_…` variables. */
  settings?: Record<string, string>;
}

const plenty = 10e12;

/**
 * An appliance with the profile `gpu` on a machine without one: the manifests' own runners, in the given environments,
 * load the given weights on the processor, which pretends to be a GPU.
 */
export async function startGpuAppliance(options: GpuApplianceOptions): Promise<TestAppliance> {
  const { environments, weights, modelsFolder = join(projectRoot, 'models'), gpuBytes = plenty } = options;
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
  return startTestAppliance({
    ...{ dataFolder, modelsFolder },
    environment: { KT_PROFILE: 'gpu', KT_GPU_DEVICES: `cpu=${gpuBytes}`, ...options.settings },
  });
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
