import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Settings } from '../settings/load-settings.ts';
import type { GpuModel } from './gpu-model.ts';
import { createGpuPresence } from './gpu-presence.ts';
import { askDriver, declaredGpus, type Gpu, probeGpus } from './gpus.ts';
import { createModels, type Models } from './models.ts';

/** Looks for GPUs, where a model could use one, and for what is installed in the data folder. */
export async function findModels(options: {
  models: readonly GpuModel[];
  settings: Settings;
  /** The appliance's own. */
  environment: Readonly<Record<string, string | undefined>>;
  environmentPath: (model: GpuModel) => string | null;
  clock: Clock;
  log: Log;
}): Promise<Models> {
  const { settings, environment, log } = options;
  const isWanted = usesGpus(options);
  const declared = declaredGpus(settings.gpu.devices);
  const presence = createGpuPresence({
    gpus: isWanted ? await usableGpus(settings, environment, log) : declared,
    ask: (uuid) => askDriver(environment, uuid),
    // Who says which GPUs are used means those alone.
    ...(isWanted && declared.length === 0 ? { usable: (gpu) => lessReserve(gpu, settings) } : {}),
    log,
  });
  return createModels({ ...options, presence, weightsFolder: join(settings.dataFolder, 'models') });
}

function usesGpus({ models, settings }: Pick<Parameters<typeof findModels>[0], 'models' | 'settings'>) {
  return settings.engines.profile !== 'embedded' && models.some(({ engine }) => engine === 'gpu');
}

/** The GPUs with what models may take of them: what the settings declare, else what there is less the reserve. */
export async function usableGpus(
  settings: Pick<Settings, 'gpu' | 'scheduler'>,
  environment: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<Gpu[]> {
  const declared = declaredGpus(settings.gpu.devices);
  if (declared.length > 0 && declared.every(({ device }) => device === 'cpu')) return declared;
  const found = await probeGpus(log, environment);
  if (declared.length > 0) return declared.map((gpu) => ({ ...gpu, ...identityOf(gpu.device, found) }));
  return found.map((gpu) => lessReserve(gpu, settings));
}

function lessReserve(gpu: Gpu, { scheduler }: Pick<Settings, 'scheduler'>): Gpu {
  return { ...gpu, totalBytes: Math.max(0, gpu.totalBytes - scheduler.gpuReserveBytes) };
}

/** The card that a declared GPU is, by which it is known again. */
function identityOf(device: string, found: readonly Gpu[]): Partial<Pick<Gpu, 'name' | 'uuid'>> {
  const gpu = found.find((one) => one.device === device);
  return gpu ? { name: gpu.name, uuid: gpu.uuid } : {};
}
