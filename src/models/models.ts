import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { fitGpu, type Placement } from './fit-gpu.ts';
import type { GpuModel } from './gpu-model.ts';
import type { GpuPresence } from './gpu-presence.ts';
import type { Gpu } from './gpus.ts';
import { type WeightsState, weightsState } from './installed-weights.ts';

/** Why a model can't be used here. */
export type NotUsable =
  | { reason: 'unknown' }
  | { reason: 'environment_missing'; environment: string }
  | { reason: 'weights_missing' | 'weights_outdated' }
  | { reason: 'weights_damaged'; file: string }
  | { reason: 'gpu_missing'; neededBytes: number }
  | { reason: 'gpu_lost'; devices: string[] }
  | { reason: 'gpu_too_small'; neededBytes: number; largestBytes: number };

/** Whether a model can be used, and where. `placement` is null for one that needs no GPU. */
export type Usability = { usable: true; placement: Placement | null } | { usable: false; why: NotUsable };

/** The parameters of a runner's `load`, without the model's name. */
export interface LoadTarget {
  modelFolder: string | null;
  device: string;
  dtype: string | null;
  memoryMode: string | null;
}

/** Which of the models are installed, and where they run. */
export interface Models {
  /** Those that answer now. */
  readonly gpus: readonly Gpu[];
  presence: GpuPresence;
  usability(model: string): Usability;
  /**
   * Where and how a model is loaded now. On the first GPU where none fits it: the runner then says so.
   * @param device the GPU to take; default: where the model fits
   */
  loadTarget(model: string, device?: string): LoadTarget;
}

/** A folder that was looked into this long ago is looked into again: a model may be installed or removed meanwhile. */
const lookAgainMs = 2000;

export function createModels(options: {
  models: readonly GpuModel[];
  presence: GpuPresence;
  /** `<weights>/<name>` is a model's folder. */
  weightsFolder: string;
  /** What is there once a model's environment is made; null where it has none. */
  environmentPath: (model: GpuModel) => string | null;
  /** Goes on steadily. */
  clock: Clock;
}): Models {
  const { presence, weightsFolder, environmentPath, clock } = options;
  const byName = new Map(options.models.map((model) => [model.name, model]));
  const looked = new Map<string, { at: number; usability: Usability }>();
  presence.onChange(() => looked.clear());
  const folderOf = (model: GpuModel) => join(weightsFolder, model.name);

  function usability(name: string): Usability {
    const model = byName.get(name);
    if (!model) return notUsable({ reason: 'unknown' });
    if (!isInstalled(model)) return { usable: true, placement: null };
    const before = looked.get(name);
    if (before && clock() - before.at < lookAgainMs) return before.usability;
    const found = look(model, { presence, modelFolder: folderOf(model), made: environmentPath(model) });
    looked.set(name, { at: clock(), usability: found });
    return found;
  }

  function loadTarget(name: string, wanted?: string): LoadTarget {
    const model = byName.get(name);
    const onCpu = { modelFolder: null, device: 'cpu', dtype: null, memoryMode: null };
    if (!model || !isInstalled(model)) return onCpu;
    if (model.engine === 'cpu') {
      return { ...onCpu, modelFolder: folderOf(model), dtype: model.dtype ?? null };
    }
    const gpus = presence.all.filter(({ device }) => wanted === undefined || device === wanted);
    const fit = fitGpu(model, gpus);
    const device = wanted ?? (fit.fits ? fit.placement.device : (gpus[0]?.device ?? 'cuda:0'));
    return {
      modelFolder: (model.weights ?? []).length > 0 ? folderOf(model) : null,
      device: presence.deviceNow(device),
      // A type made for GPUs can be slow or missing on a processor: there the runner takes what suits it.
      dtype: device === 'cpu' ? null : (model.dtype ?? null),
      memoryMode: fit.fits ? fit.placement.memoryMode : null,
    };
  }
  return {
    get gpus() {
      return presence.present();
    },
    ...{ presence, usability, loadTarget },
  };
}

/** @param here.made what is there once its environment is made */
function look(
  model: GpuModel,
  here: { presence: GpuPresence; modelFolder: string; made: string | null },
): Usability {
  const { presence, modelFolder, made } = here;
  const { environment = '', engine } = model;
  if (made !== null && !existsSync(made)) return notUsable({ reason: 'environment_missing', environment });
  const missing = weightsProblem(weightsState(model, modelFolder));
  if (missing) return notUsable(missing);
  if (engine === 'cpu') return { usable: true, placement: null };
  const fit = fitGpu(model, presence.present());
  if (fit.fits) return { usable: true, placement: fit.placement };
  const { neededBytes, largestBytes } = fit;
  const lost = presence.lost().filter((gpu) => fitGpu(model, [gpu]).fits);
  if (lost.length > 0) return notUsable({ reason: 'gpu_lost', devices: lost.map(({ device }) => device) });
  if (presence.all.length === 0) return notUsable({ reason: 'gpu_missing', neededBytes });
  return notUsable({ reason: 'gpu_too_small', neededBytes, largestBytes });
}

/** What comes with the appliance is always there, and loads nothing. */
function isInstalled({ engine }: GpuModel): boolean {
  return engine === 'gpu' || engine === 'cpu';
}

function notUsable(why: NotUsable): Usability {
  return { usable: false, why };
}

function weightsProblem(state: WeightsState): NotUsable | null {
  switch (state.name) {
    case 'complete':
      return null;
    case 'damaged':
      return { reason: 'weights_damaged', file: state.file };
    case 'missing':
      return { reason: 'weights_missing' };
    case 'outdated':
      return { reason: 'weights_outdated' };
  }
}
