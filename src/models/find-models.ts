import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Settings } from '../settings/load-settings.ts';
import type { GpuModel } from './gpu-model.ts';
import { declaredGpus, type Gpu, probeGpus } from './gpus.ts';
import { createModels, type Models } from './models.ts';

/** Looks for GPUs, where a model could use one, and for what is installed in the data folder. */
export async function findModels(options: {
  models: readonly GpuModel[];
  settings: Settings;
  /** The appliance's own. */
  environment: Readonly<Record<string, string | undefined>>;
  pythonOf: (environment: string) => string;
  clock: Clock;
  log: Log;
}): Promise<Models> {
  const gpus = await findGpus(options);
  return createModels({ ...options, gpus, weightsFolder: join(options.settings.dataFolder, 'models') });
}

async function findGpus(options: Parameters<typeof findModels>[0]): Promise<Gpu[]> {
  const { models, settings, environment, log } = options;
  const isWanted = settings.engines.profile !== 'embedded' && models.some(({ engine }) => engine === 'gpu');
  return isWanted ? usableGpus(settings, environment, log) : declaredGpus(settings.gpu.devices);
}

/** The GPUs with what models may take of them: what the settings declare, else what there is less the reserve. */
export async function usableGpus(
  settings: Pick<Settings, 'gpu' | 'scheduler'>,
  environment: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<Gpu[]> {
  if (settings.gpu.devices.length > 0) return declaredGpus(settings.gpu.devices);
  const { gpuReserveBytes } = settings.scheduler;
  const found = await probeGpus(log, environment);
  return found.map((gpu) => ({ ...gpu, totalBytes: Math.max(0, gpu.totalBytes - gpuReserveBytes) }));
}
