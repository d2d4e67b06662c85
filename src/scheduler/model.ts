/** Interactive before standard before batch; waiting lifts a job over this order (see `order.ts`). */
export const priorities = ['interactive', 'standard', 'batch'] as const;
export type Priority = (typeof priorities)[number];

/** Amounts by resource name: `cpu` in slots. A GPU's memory is no such resource: see {@link GpuBudget}. */
export type Amounts = Readonly<Record<string, number>>;

export interface QueuedJob {
  id: string;
  accountId: string;
  model: string;
  priority: Priority;
  /** Orders jobs of one account, model and priority: submit order, kept over restarts. */
  sequence: number;
  /** Milliseconds of the scheduler's own clock; what the job's age is counted from, kept over restarts and attempts. */
  createdAt: number;
  needs: Amounts;
  estimatedSeconds: number;
  /** Nothing may happen beside it: it waits until nothing runs, and nothing begins while it runs. */
  runsAlone: boolean;
  /** Of a job that needs memory of the GPU that its model is on. */
  gpu?: GpuNeeds | undefined;
}

export interface GpuNeeds {
  /** The most that the run takes on top of what the model holds. */
  runBytes: number;
  /** The GPU is its own while it runs: it ran out of memory once. Only pinned models stay beside it. */
  isAlone: boolean;
}

export interface RunningJob extends Pick<QueuedJob, 'id' | 'model' | 'needs' | 'runsAlone' | 'gpu'> {
  expectedEndAt: number;
}

/** A GPU that models may be loaded on, and the bytes of it that are for them. */
export interface GpuBudget {
  id: string;
  bytes: number;
}

/**
 * One runner as the policy sees it. `backoff` waits after a crash and can be started again at `retryAt`. A model of a
 * GPU can also be `parked` in the host's memory, on its way there (`parking`), and on its way back (`waking`).
 */
export interface ModelState {
  state: 'stopped' | 'starting' | 'ready' | 'parking' | 'parked' | 'waking' | 'backoff' | 'stopping';
  retryAt: number;
  /** Runs it takes at once; known once it is ready. */
  concurrency: number;
  /** Milliseconds of its last run's end, for the idle time-out. */
  lastUsedAt: number;
  /** Expected time from `stopped` to `ready`. */
  startSeconds: number;
  /** Of a model that runs on a GPU. */
  gpu?: GpuResidence;
}

/** What a model takes of a GPU and of the host's memory, and how well it is worth its place there. */
export interface GpuResidence {
  /** The GPU that its process is bound to, while it is parked too; null once that can't hold anything there. */
  device: string | null;
  /** On the GPU while it is there; a guess until it was loaded once. */
  heldBytes: number;
  /** In the host's memory while it is parked; 0: it can't be parked. */
  hostBytes: number;
  /** Expected time from `parked` to `ready`, and back. */
  wakeSeconds: number;
  parkSeconds: number;
  /** When it last came onto the GPU. */
  readySince: number;
  /** What that took, from disk or from the host's memory. */
  cameInSeconds: number;
  /** Between the ends of its runs, on the average. */
  usedEverySeconds: number;
  /** Never taken off the GPU for another's sake, nor for being idle. */
  isPinned: boolean;
  /** Loaded when nothing waits. */
  isPreloaded: boolean;
}

export interface SchedulerRules {
  agingSeconds: number;
  idleSeconds: number;
  /** After so long an idle model of a GPU is unloaded; 0: never. */
  gpuIdleSeconds: number;
  /** A model on a GPU may serve its own jobs before another's for so many times what the exchange takes. */
  warmPreference: number;
  /** Of the host's memory, for all parked models together. */
  parkedBytesMax: number;
}

/** Jobs of one account, model and priority, first submitted first: only their head can be next. */
export interface Lane {
  accountId: string;
  model: string;
  priority: Priority;
  jobs: readonly QueuedJob[];
}

/** Everything the policy decides from. Plain data; the policy never changes it. */
export interface SchedulerState {
  lanes: Iterable<Lane>;
  running: ReadonlyMap<string, RunningJob>;
  models: ReadonlyMap<string, ModelState>;
  capacity: Amounts;
  gpus: readonly GpuBudget[];
  /** Slot-seconds that each account has been given, on one common scale (see `fairness.ts`). */
  service: ReadonlyMap<string, number>;
  rules: SchedulerRules;
}

export type Decision =
  | { kind: 'start'; job: QueuedJob }
  /** `device` is absent for a model that needs no GPU. */
  | { kind: 'load'; model: string; device?: string }
  | { kind: 'wake'; model: string; device: string }
  | { kind: 'park'; model: string }
  | { kind: 'unload'; model: string };
