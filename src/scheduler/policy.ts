import { createDraft, type Draft } from './draft.ts';
import { createGpuMemory } from './gpu-memory.ts';
import type { Decision, ModelState, QueuedJob, SchedulerRules, SchedulerState } from './model.ts';
import { createPlacement, type Placement } from './placement.ts';

/**
 * What to do now. Pure: the same state and time give the same decisions.
 *
 * Jobs are taken in the order of `order.ts`. A job whose runner isn't ready gets its runner loaded and lets
 * others pass, as does one whose runner is busy with its full number of runs. A job that only lacks resources
 * holds them back from all that come after it, so that small jobs can't keep a big one waiting for ever. A job
 * that runs alone lacks them as long as anything else goes on.
 *
 * Models of GPUs come and go as `placement.ts` says. A job whose run lacks room beside its model holds that room, and
 * only what needs it waits with it.
 */
export function policy(state: SchedulerState, now: number): Decision[] {
  const decisions: Decision[] = [];
  const draft = createDraft(state, now);
  const placement = createPlacement({
    ...{ state, now, memory: createGpuMemory(state) },
    urgencyOf: (model) => draft.urgencyOf(model),
    skipModel: (model) => draft.skipModel(model),
  });
  for (;;) {
    const next = draft.best();
    if (!next) break;
    const { job } = next;
    const model = state.models.get(job.model);
    if (!model || !canRun(model, now)) {
      draft.skipModel(job.model);
    } else if (model.state !== 'ready') {
      const steps = bring(job, model, placement);
      decisions.push(...steps);
      if (steps.length > 0) draft.load(job.model);
      else draft.skipModel(job.model);
    } else if (!job.runsAlone && draft.runsOf(job.model) >= model.concurrency) {
      draft.skipModel(job.model);
    } else if (!draft.hasRoomFor(job)) {
      break;
    } else {
      const steps = placement.makeRunRoom(job, model);
      if (steps) {
        decisions.push(...steps);
        draft.skipModel(job.model);
      } else {
        decisions.push({ kind: 'start', job });
        draft.take(next);
        placement.started(job);
      }
    }
  }
  if (!draft.isAnyWaiting()) decisions.push(...placement.preload());
  return [...decisions, ...idleModels(state, { draft, placement, now })];
}

function canRun({ state, retryAt }: ModelState, now: number): boolean {
  return state !== 'stopping' && state !== 'parking' && (state !== 'backoff' || retryAt <= now);
}

function bring(job: QueuedJob, model: ModelState, placement: Placement): Decision[] {
  if (model.gpu) return placement.bring(job, model);
  return model.state === 'starting' ? [] : [{ kind: 'load', model: job.model }];
}

function idleModels(state: SchedulerState, { draft, now, placement }: IdleOptions): Decision[] {
  const idle: Decision[] = [];
  for (const [name, model] of state.models) {
    const isUp = model.state === 'ready' || model.state === 'parked';
    if (!isUp || draft.runsOf(name) > 0 || draft.isWanted(name) || placement.isGoing(name)) continue;
    const idleSeconds = idleSecondsMax(model, state.rules);
    if (now - model.lastUsedAt >= idleSeconds * 1000) idle.push({ kind: 'unload', model: name });
  }
  return idle;
}

interface IdleOptions {
  draft: Draft;
  placement: Placement;
  now: number;
}

function idleSecondsMax({ gpu }: ModelState, { idleSeconds, gpuIdleSeconds }: SchedulerRules): number {
  if (!gpu) return idleSeconds;
  return gpu.isPinned || gpu.isPreloaded || gpuIdleSeconds === 0 ? Number.POSITIVE_INFINITY : gpuIdleSeconds;
}
