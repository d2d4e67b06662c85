import { carryOut, promise, type Round } from './carry-out.ts';
import type { GpuMemory } from './gpu-memory.ts';
import { bringSeconds } from './keep-value.ts';
import { cheapestAllowed, planRoom, type RoomPlan } from './make-room.ts';
import type { Decision, GpuBudget, ModelState, QueuedJob } from './model.ts';
import { urgencyOf } from './order.ts';

/** Where models of GPUs are put, and which others go for them. */
export interface Placement {
  /** Steps that bring a job's model onto a GPU; none while others may go on there. */
  bring(job: QueuedJob, model: ModelState): Decision[];
  /** Steps that make room for a job's run beside its model; null where there is room. */
  makeRunRoom(job: QueuedJob, model: ModelState): Decision[] | null;
  /** A run of this job begins now. */
  started(job: QueuedJob): void;
  /** Whether it is on its way off its GPU. */
  isGoing(model: string): boolean;
  /** Loads what should be there before it is wanted. */
  preload(): Decision[];
}

export function createPlacement(given: Omit<Round, 'decided' | 'promised'>): Placement {
  const round: Round = { ...given, decided: new Set(), promised: new Map() };
  const { state, now, memory } = round;
  const gpuOf = ({ gpu }: ModelState) => memory.gpus.find(({ id }) => id === gpu?.device);
  return {
    isGoing: (model) => round.decided.has(model),
    started(job) {
      const model = state.models.get(job.model);
      const gpu = model && gpuOf(model);
      if (gpu) memory.addRun(gpu, job, now + job.estimatedSeconds * 1000);
    },
    bring(job, model) {
      const own = gpuOf(model);
      if (model.state === 'starting' || model.state === 'waking') {
        if (own) memory.reserve(own.id, memory.runBytesOn(own, job));
        return [];
      }
      const plan = cheapestAllowed(plansFor(round, job, model), now);
      if (!plan) return [];
      if (plan.allowedAt > now) {
        promise(round, plan, plan.bytes);
        return [];
      }
      const isFree = plan.victims.length === 0 && memory.freeBytes(plan.gpu.id) >= plan.bytes;
      const decisions = carryOut(round, plan);
      // What begins now can't have what only comes free later.
      if (isFree) memory.take(plan.gpu.id, plan.bytes);
      else memory.reserve(plan.gpu.id, plan.bytes);
      // A process is bound to its GPU.
      if (model.state === 'parked' && own !== plan.gpu) {
        return [...decisions, { kind: 'unload', model: job.model }];
      }
      if (!isFree) return decisions;
      const kind = model.state === 'parked' ? 'wake' : 'load';
      return [...decisions, { kind, model: job.model, device: plan.gpu.id }];
    },
    makeRunRoom(job, model) {
      const gpu = gpuOf(model);
      if (!gpu) return null;
      // Another is large enough for this run.
      if (!model.gpu?.isPinned && !eligibleGpus(memory, job, model).includes(gpu)) {
        return moveAway(round, job.model, gpu);
      }
      const bytes = memory.runBytesOn(gpu, job);
      const lent = round.promised.get(gpu.id);
      const freeBytes = memory.freeBytes(gpu.id) + (lent?.until.has(job.model) ? lent.bytes : 0);
      const isFree = bytes === 0 || bytes <= freeBytes;
      if (isFree && !job.gpu?.isAlone) return null;
      const plan = planRoom(round, { ...requestOf(round, job), gpu, bytes });
      if (!plan) return [];
      if (plan.allowedAt > now) {
        promise(round, plan, bytes);
        return [];
      }
      if (isFree && plan.victims.length === 0 && plan.runsToEnd.length === 0) return null;
      round.decided.add(job.model);
      const decisions = carryOut(round, plan);
      memory.reserve(gpu.id, bytes);
      return decisions;
    },
    preload: () => preload(round),
  };
}

function requestOf({ state, now }: Round, job: QueuedJob) {
  const urgency = urgencyOf(job, now, state.rules.agingSeconds);
  return { model: job.model, urgency, isAlone: job.gpu?.isAlone ?? false };
}

function moveAway({ memory, decided }: Round, model: string, gpu: GpuBudget): Decision[] {
  decided.add(model);
  const own = memory.residentsOf(gpu.id).find(({ name }) => name === model);
  return own?.runs.length === 0 ? [{ kind: 'unload', model }] : [];
}

/** What it would take to have a model and a run of it, for each GPU where that is possible. */
function plansFor(round: Round, job: QueuedJob, model: ModelState): (RoomPlan & { bytes: number })[] {
  const { memory } = round;
  return eligibleGpus(memory, job, model).flatMap((gpu) => {
    const bytes = memory.heldBytesOn(gpu, model) + memory.runBytesOn(gpu, job);
    const plan = planRoom(round, { ...requestOf(round, job), gpu, bytes });
    if (!plan) return [];
    const comesInSeconds = model.gpu?.device === gpu.id ? bringSeconds(model) : model.startSeconds;
    // Those that compute there share the GPU with it.
    const beside = memory
      .residentsOf(gpu.id)
      .filter(({ name, runs }) => runs.length > 0 || round.urgencyOf(name) !== undefined);
    const costSeconds = plan.costSeconds + comesInSeconds + beside.length * job.estimatedSeconds;
    return [{ ...plan, bytes, costSeconds }];
  });
}

/** The GPUs that are large enough beside their pinned models; the one with the most room, where none is. */
function eligibleGpus(memory: GpuMemory, job: QueuedJob, model: ModelState): GpuBudget[] {
  const spare = (gpu: GpuBudget) => gpu.bytes - memory.pinnedBytesOn(gpu.id, job.model);
  const wanted = (model.gpu?.heldBytes ?? 0) + (job.gpu?.runBytes ?? 0);
  const fitting = memory.gpus.filter((gpu) => spare(gpu) >= wanted);
  if (fitting.length > 0) return fitting;
  return memory.gpus.toSorted((a, b) => spare(b) - spare(a)).slice(0, 1);
}

function preload({ state, now, memory }: Round): Decision[] {
  const decisions: Decision[] = [];
  for (const [name, model] of state.models) {
    const canLoad = model.state === 'stopped' || (model.state === 'backoff' && model.retryAt <= now);
    if (!canLoad || !model.gpu?.isPreloaded) continue;
    const byRoom = memory.gpus.toSorted((a, b) => memory.freeBytes(b.id) - memory.freeBytes(a.id));
    const gpu = byRoom.find((one) => memory.freeBytes(one.id) >= memory.heldBytesOn(one, model));
    if (!gpu) continue;
    memory.take(gpu.id, memory.heldBytesOn(gpu, model));
    decisions.push({ kind: 'load', model: name, device: gpu.id });
  }
  return decisions;
}
