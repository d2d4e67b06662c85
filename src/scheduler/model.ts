/** Interactive before standard before batch; waiting lifts a job over this order (see `order.ts`). */
export const priorities = ['interactive', 'standard', 'batch'] as const;
export type Priority = (typeof priorities)[number];

/** Amounts by resource name: `cpu` in slots; a GPU's memory in bytes joins under the GPU's name. */
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
}

export interface RunningJob extends Pick<QueuedJob, 'id' | 'model' | 'needs' | 'runsAlone'> {
  expectedEndAt: number;
}

/** One runner as the policy sees it. `backoff` waits after a crash and can be started again at `retryAt`. */
export interface ModelState {
  state: 'stopped' | 'starting' | 'ready' | 'backoff' | 'stopping';
  retryAt: number;
  /** Runs it takes at once; known once it is ready. */
  concurrency: number;
  /** Milliseconds of its last run's end, for the idle time-out. */
  lastUsedAt: number;
  /** Expected time from `stopped` to `ready`. */
  startSeconds: number;
}

export interface SchedulerRules {
  agingSeconds: number;
  idleSeconds: number;
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
  /** Slot-seconds that each account has been given, on one common scale (see `fairness.ts`). */
  service: ReadonlyMap<string, number>;
  rules: SchedulerRules;
}

export type Decision =
  | { kind: 'start'; job: QueuedJob }
  | { kind: 'load'; model: string }
  | { kind: 'unload'; model: string };
