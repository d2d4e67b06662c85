import type { Log } from '../log.ts';
import { fitGpu } from '../models/fit-gpu.ts';
import type { Models } from '../models/models.ts';
import type { Runners } from '../runners/runners.ts';
import type { GpuNeeds } from '../scheduler/model.ts';
import type { GpuGuess } from '../scheduler/model-states.ts';
import { createRunMemory, type RunMemory } from '../scheduler/run-memory.ts';
import type { Settings } from '../settings/load-settings.ts';
import type { Job } from './tables.ts';

type JobSize = Pick<Job, 'id' | 'model' | 'workloadUnits'>;

/** What jobs need of GPUs, and which of them ran out of memory there. */
export interface GpuJobs {
  /** Undefined for a model that needs no GPU. */
  needsOf(job: JobSize): GpuNeeds | undefined;
  /** What a run took at most, and what of that its model held. */
  learn(job: JobSize, measured: { peakBytes: number; heldBytes: number }): void;
  /** An attempt found too little memory. @returns whether it is tried again: once, alone on its GPU */
  ranOut(job: JobSize): boolean;
  /** There is no further attempt. */
  over(jobId: string): void;
}

/** @param models those that are scheduled onto GPUs */
export function createGpuJobs(runners: Runners, models: ReadonlySet<string>): GpuJobs {
  const memory = createMemory(runners);
  // In memory only: after a restart of the appliance the GPUs are empty anyway.
  const alone = new Set<string>();
  return {
    needsOf({ id, model, workloadUnits }) {
      if (!models.has(model)) return undefined;
      return { runBytes: memory.bytes(model, workloadUnits), isAlone: alone.has(id) };
    },
    learn({ model, workloadUnits }, { peakBytes, heldBytes }) {
      memory.learn(model, workloadUnits, peakBytes - heldBytes);
    },
    ranOut({ id, model }) {
      memory.ranOut(model);
      if (alone.has(id)) return false;
      alone.add(id);
      return true;
    },
    over: (jobId) => void alone.delete(jobId),
  };
}

function createMemory(runners: Runners): RunMemory {
  const guesses = runners.all.flatMap(({ manifest: { name, memory } }) =>
    memory ? [[name, memory] as const] : [],
  );
  return createRunMemory(new Map(guesses));
}

/**
 * What the models that run on GPUs are expected to take there, by their manifests and the GPUs that there are now. Where
 * there is no GPU and none can come, no model is scheduled onto one: its start then fails, and says so.
 */
export function guessGpuModels(options: {
  runners: Runners;
  models: Models;
  settings: Settings;
}): Map<string, GpuGuess> {
  const { runners, models, settings } = options;
  const { pinned, preload } = settings.scheduler;
  const guesses = new Map<string, GpuGuess>();
  const { presence } = models;
  if (presence.all.length === 0 && !presence.isWatched) return guesses;
  for (const { manifest } of runners.all) {
    const { name, engine, vramBytes, memory } = manifest;
    if (engine !== 'gpu') continue;
    const fit = fitGpu(manifest, presence.all);
    guesses.set(name, {
      heldBytes: fit.fits ? fit.placement.vramBytes : vramBytes,
      hostBytes: memory?.hostBytes ?? 0,
      isPinned: pinned.includes(name),
      isPreloaded: preload.includes(name) && models.usability(name).usable,
    });
  }
  return guesses;
}

/** Tells the operator of names in the settings that are no model's. */
export function checkNames(options: {
  guesses: ReadonlyMap<string, GpuGuess>;
  settings: Settings;
  log: Log;
}): void {
  const { guesses, settings, log } = options;
  const { pinned, preload } = settings.scheduler;
  const unknown = [...pinned, ...preload].filter((name) => !guesses.has(name));
  if (unknown.length > 0) log.warn('scheduler.pinned or .preload names no GPU model', { unknown });
}
