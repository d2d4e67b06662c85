import type { GpuBudget, GpuNeeds, ModelState, QueuedJob, SchedulerState } from './model.ts';

/** A model that is on a GPU, or on its way onto it or off it. */
export interface Resident {
  name: string;
  model: ModelState;
  heldBytes: number;
  runs: { bytes: number; endsAt: number }[];
}

/** The policy's own books of the memory: what is there, and what its decisions of this round take and give. */
export interface GpuMemory {
  gpus: readonly GpuBudget[];
  residentsOf(gpu: string): readonly Resident[];
  /** Now, and promised to nobody. */
  freeBytes(gpu: string): number;
  /** That, and what comes free of what is on its way out. */
  roomBytes(gpu: string): number;
  hostFreeBytes(): number;
  takeHost(bytes: number): void;
  /** What a model holds there, and what a run of it takes more; no more together than the GPU has. */
  heldBytesOn(gpu: GpuBudget, model: ModelState): number;
  runBytesOn(gpu: GpuBudget, job: { model: string; gpu?: GpuNeeds | undefined }): number;
  /** What all pinned models but one hold there. */
  pinnedBytesOn(gpu: string, except: string): number;
  /** Promises room: first of what comes free, then of what is. */
  reserve(gpu: string, bytes: number): void;
  take(gpu: string, bytes: number): void;
  /** A run begins there. */
  addRun(gpu: GpuBudget, job: QueuedJob, endsAt: number): void;
  /** Something there will be gone. */
  leaves(gpu: string, bytes: number): void;
}

/** On the GPU's side of its life: memory there is its own. */
function holdsGpu({ state, gpu }: ModelState): boolean {
  if (!gpu || gpu.device === null) return false;
  return state !== 'stopped' && state !== 'backoff' && state !== 'parked';
}

/** In the host's memory, on the way there, or not yet gone from it. */
function holdsHost({ state, gpu }: ModelState): boolean {
  if (!gpu) return false;
  if (state === 'stopping') return gpu.device === null;
  return state === 'parking' || state === 'parked' || state === 'waking';
}

function heldBytesOn(gpu: GpuBudget, { gpu: residence }: ModelState): number {
  return Math.min(residence?.heldBytes ?? 0, gpu.bytes);
}

/** Who is where; what runs is added by the books. */
function findResidents({ gpus, models }: SchedulerState): Map<string, Resident[]> {
  const residents = new Map<string, Resident[]>(gpus.map(({ id }) => [id, []]));
  const byId = new Map(gpus.map((gpu) => [gpu.id, gpu]));
  for (const [name, model] of models) {
    const gpu = holdsGpu(model) ? byId.get(model.gpu?.device ?? '') : undefined;
    if (gpu) residents.get(gpu.id)?.push({ name, model, heldBytes: heldBytesOn(gpu, model), runs: [] });
  }
  return residents;
}

export function createGpuMemory(state: SchedulerState): GpuMemory {
  const { gpus, models, running } = state;
  const residents = findResidents(state);
  const free = new Map<string, number>();
  const leaving = new Map<string, number>();
  let hostFree = state.rules.parkedBytesMax;
  const add = (to: Map<string, number>, gpu: string, bytes: number) =>
    void to.set(gpu, (to.get(gpu) ?? 0) + bytes);
  const pinnedBytesOn = (gpu: string, except: string) =>
    (residents.get(gpu) ?? [])
      .filter(({ name, model }) => name !== except && model.gpu?.isPinned)
      .reduce((sum, { heldBytes }) => sum + heldBytes, 0);
  const runBytesOn: GpuMemory['runBytesOn'] = (gpu, job) => {
    const model = models.get(job.model);
    if (!model?.gpu || !job.gpu) return 0;
    const most = gpu.bytes - heldBytesOn(gpu, model);
    if (job.gpu.isAlone) return Math.max(0, most - pinnedBytesOn(gpu.id, job.model));
    return Math.min(job.gpu.runBytes, most);
  };
  for (const model of models.values()) if (holdsHost(model)) hostFree -= model.gpu?.hostBytes ?? 0;
  for (const gpu of gpus) {
    add(free, gpu.id, gpu.bytes);
    for (const { name, model, heldBytes, runs } of residents.get(gpu.id) ?? []) {
      add(free, gpu.id, -heldBytes);
      if (model.state === 'parking' || model.state === 'stopping') add(leaving, gpu.id, heldBytes);
      for (const job of running.values()) {
        if (job.model !== name) continue;
        const bytes = runBytesOn(gpu, job);
        runs.push({ bytes, endsAt: job.expectedEndAt });
        add(free, gpu.id, -bytes);
      }
    }
  }
  return {
    gpus,
    heldBytesOn,
    runBytesOn,
    pinnedBytesOn,
    residentsOf: (gpu) => residents.get(gpu) ?? [],
    freeBytes: (gpu) => free.get(gpu) ?? 0,
    roomBytes: (gpu) => (free.get(gpu) ?? 0) + (leaving.get(gpu) ?? 0),
    hostFreeBytes: () => hostFree,
    takeHost(bytes) {
      hostFree -= bytes;
    },
    reserve(gpu, bytes) {
      const ofLeaving = Math.min(bytes, leaving.get(gpu) ?? 0);
      add(leaving, gpu, -ofLeaving);
      add(free, gpu, ofLeaving - bytes);
    },
    addRun(gpu, job, endsAt) {
      const bytes = runBytesOn(gpu, job);
      const own = residents.get(gpu.id)?.find(({ name }) => name === job.model);
      own?.runs.push({ bytes, endsAt });
      add(free, gpu.id, -bytes);
    },
    take: (gpu, bytes) => add(free, gpu, -bytes),
    leaves: (gpu, bytes) => add(leaving, gpu, bytes),
  };
}
