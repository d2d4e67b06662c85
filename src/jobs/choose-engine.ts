import { ApplianceError } from '../errors.ts';
import type { Task } from '../tasks/task.ts';
import type { EngineKind } from './tables.ts';

export type Profile = 'auto' | 'gpu' | 'embedded';

export interface ChosenEngine {
  engine: EngineKind;
  model: string;
  /** A draft of an embedded engine: labelled, and charged `draftMultiplier` times its price. */
  draft: boolean;
}

/** 503: the engine that the profile wants isn't here. */
export class ModelNotInstalled extends ApplianceError {
  constructor(task: string, model: string) {
    super({
      code: 'model_not_installed',
      status: 503,
      message: `${task} needs the model ${model}, which is not installed here.`,
      details: { task, model },
      retryAfterSeconds: 60,
    });
  }
}

/**
 * Which engine a task runs on.
 * @param isInstalled whether a model's weights are here and a GPU fits it
 * @throws ModelNotInstalled
 */
export function chooseEngine(
  task: Task,
  profile: Profile,
  isInstalled: (model: string) => boolean,
): ChosenEngine {
  const { engines } = task;
  const chosen = preferredEngine(engines, profile, isInstalled);
  if (!isInstalled(chosen.model)) throw new ModelNotInstalled(task.name, chosen.model);
  return chosen;
}

function preferredEngine(
  engines: Task['engines'],
  profile: Profile,
  isInstalled: (model: string) => boolean,
): ChosenEngine {
  if ('ffmpeg' in engines) return { engine: 'ffmpeg', model: engines.ffmpeg, draft: false };
  const wantsGpu = profile === 'gpu' || (profile === 'auto' && isInstalled(engines.gpu));
  if (wantsGpu) return { engine: 'gpu', model: engines.gpu, draft: false };
  return { engine: 'embedded', model: engines.embedded, draft: true };
}

/** What a job is charged: its list price, or a draft's share of it, rounded up to the micro-dollar. */
export function chargedMicros(listMicros: number, draft: boolean, draftMultiplier: number): number {
  if (!draft) return listMicros;
  // The multiplier comes from a decimal in TOML: a millionth is precise enough to make the product exact.
  const millionths = BigInt(Math.round(draftMultiplier * 1_000_000));
  return Number((BigInt(listMicros) * millionths + 999_999n) / 1_000_000n);
}
