import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { findModels } from '../models/find-models.ts';
import type { Models } from '../models/models.ts';
import type { Environment } from '../runners/environment.ts';
import { environmentPath, loadManifests, type Manifest } from '../runners/manifest.ts';
import { killLeftovers } from '../runners/process-group.ts';
import { createRunners, type Runners } from '../runners/runners.ts';
import type { Settings } from '../settings/load-settings.ts';

const runnerLogBytesMax = 10 * 1024 * 1024;

export interface Engines {
  manifests: readonly Manifest[];
  models: Models;
  runners: Runners;
}

/**
 * What jobs run on: reads the manifests, ends the runners that an earlier process left, and looks for models and GPUs.
 * Starts no runner.
 * @throws ManifestError
 */
export async function createEngines(options: {
  settings: Settings;
  /** Where the manifests are. */
  modelsFolder: string;
  scratchRoot: string;
  /** The appliance's own, of which runners see a part. */
  environment: Environment;
  clock: Clock;
  log: Log;
}): Promise<Engines> {
  const { settings, modelsFolder, environment, clock, log } = options;
  const { dataFolder, projectRoot, gpu, runner } = settings;
  const folders = {
    project: projectRoot,
    environments: gpu.environmentsFolder || join(dataFolder, 'environments'),
    logs: join(dataFolder, 'logs'),
    run: join(dataFolder, 'run'),
    scratch: options.scratchRoot,
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  await killLeftovers(folders.run);
  const manifests = await loadManifests(modelsFolder);
  const models = await findModels({
    ...{ models: manifests, settings, clock, log, environment },
    environmentPath: (model) => environmentPath(folders.environments, model),
  });
  const limits = {
    startSeconds: runner.startSeconds,
    stallSeconds: runner.stallSeconds,
    outputBytesMax: runner.maxOutputBytes,
    logBytesMax: runnerLogBytesMax,
  };
  const loadTarget = (model: string, device?: string) => models.loadTarget(model, device);
  const runners = createRunners({ manifests, clock, log, folders, limits, environment, loadTarget });
  return { manifests, models, runners };
}
