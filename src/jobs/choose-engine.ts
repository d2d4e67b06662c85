import type { Usability } from '../models/models.ts';
import type { Task } from '../tasks/task.ts';
import { ModelNotInstalled } from './model-not-installed.ts';
import type { EngineKind } from './tables.ts';

export type Profile = 'auto' | 'gpu' | 'embedded';

export interface ChosenEngine {
  engine: EngineKind;
  model: string;
  /** A draft of an embedded engine: labelled, and charged `draftMultiplier` times its price. */
  draft: boolean;
}

/** What the operator has set. */
export interface EngineRules {
  profile: Profile;
  /** The GPU model of a task, where it is another than the task's usual. */
  gpuModels: ReadonlyMap<string, string>;
}

/**
 * Which engine a task runs on.
 * @param usability whether a model is installed and a GPU fits it, or why not
 * @throws ModelNotInstalled
 */
export function chooseEngine(
  task: Task,
  rules: EngineRules,
  usability: (model: string) => Usability,
): ChosenEngine {
  const chosen = preferredEngine(task, rules, usability);
  const found = usability(chosen.model);
  if (!found.usable) throw new ModelNotInstalled(task.name, chosen.model, found.why);
  return chosen;
}

function preferredEngine(
  { name, engines }: Task,
  { profile, gpuModels }: EngineRules,
  usability: (model: string) => Usability,
): ChosenEngine {
  if ('ffmpeg' in engines) return { engine: 'ffmpeg', model: engines.ffmpeg, draft: false };
  const gpuModel = gpuModels.get(name) ?? engines.gpu;
  const wantsGpu = profile === 'gpu' || (profile === 'auto' && usability(gpuModel).usable);
  if (wantsGpu) return { engine: 'gpu', model: gpuModel, draft: false };
  return { engine: 'embedded', model: engines.embedded, draft: true };
}

/** What a job is charged: its list price, or a draft's share of it, rounded up to the micro-dollar. */
export function chargedMicros(listMicros: number, draft: boolean, draftMultiplier: number): number {
  if (!draft) return listMicros;
  // The multiplier comes from a decimal in TOML: a millionth is precise enough to make the product exact.
  const millionths = BigInt(Math.round(draftMultiplier * 1_000_000));
  return Number((BigInt(listMicros) * millionths + 999_999n) / 1_000_000n);
}
