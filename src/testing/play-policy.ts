import fc from 'fast-check';
import { createLanes } from '../scheduler/lanes.ts';
import type { ModelState, Priority, QueuedJob, RunningJob } from '../scheduler/model.ts';
import { policy } from '../scheduler/policy.ts';

/** The policy as tests drive it: on a small machine with the runners `m1` (one run at once) and `m2` (two). */

export const rules = {
  agingSeconds: 60,
  idleSeconds: 300,
  gpuIdleSeconds: 0,
  warmPreference: 10,
  parkedBytesMax: 0,
};
export const capacity = { cpu: 3 };

/** A runner that takes so many runs at once. */
export function readyModel(concurrency: number): ModelState {
  return { state: 'ready', retryAt: 0, concurrency, lastUsedAt: 0, startSeconds: 1 };
}

/** A job, and how long after the one before it it comes. */
export interface Arrival {
  accountId: string;
  model: string;
  priority: Priority;
  cpu: number;
  seconds: number;
  afterSeconds: number;
  runsAlone?: boolean;
}

export const arrivals = fc.array(
  fc.record({
    accountId: fc.constantFrom('a', 'b', 'c'),
    model: fc.constantFrom('m1', 'm2'),
    priority: fc.constantFrom<Priority>('interactive', 'standard', 'batch'),
    cpu: fc.integer({ min: 1, max: 3 }),
    seconds: fc.integer({ min: 1, max: 30 }),
    afterSeconds: fc.integer({ min: 0, max: 20 }),
    runsAlone: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
  }),
  { minLength: 1, maxLength: 60 },
);

interface PlayOptions {
  onState?: (running: ReadonlyMap<string, RunningJob>) => void;
  /** State of `m1` in that second; default: ready. */
  m1At?: (second: number) => ModelState;
  secondsMax?: number;
}

/** Plays arrivals through the policy with a clock of whole seconds; answers each job's start in milliseconds. */
export function play(list: readonly Arrival[], options: PlayOptions = {}) {
  const { onState, m1At = () => readyModel(1), secondsMax = 10_000 } = options;
  const lanes = createLanes();
  const running = new Map<string, RunningJob>();
  const starts = new Map<string, { startedAt: number; createdAt: number }>();
  let arrivesAt = 0;
  const pending = list.map((arrival, sequence) => {
    arrivesAt += arrival.afterSeconds;
    return { ...arrival, id: `job${sequence}`, sequence, createdAt: arrivesAt * 1000 };
  });
  for (let second = 0; second < secondsMax && starts.size < list.length; second++) {
    const now = second * 1000;
    for (const [id, job] of running) if (job.expectedEndAt <= now) running.delete(id);
    while (pending[0] && pending[0].createdAt <= now) {
      const { cpu, seconds, afterSeconds: _, ...job } = pending.shift()!;
      lanes.add({ runsAlone: false, ...job, needs: { cpu }, estimatedSeconds: seconds });
    }
    const models = new Map([
      ['m1', m1At(second)],
      ['m2', readyModel(2)],
    ]);
    const state = { lanes: lanes.all(), running, models, capacity, gpus: [], service: lanes.service, rules };
    for (const decision of policy(state, now)) {
      if (decision.kind !== 'start') continue;
      const { job } = decision;
      lanes.start(job);
      const expectedEndAt = now + job.estimatedSeconds * 1000;
      running.set(job.id, { ...job, expectedEndAt });
      starts.set(job.id, { startedAt: now, createdAt: job.createdAt });
    }
    onState?.(running);
  }
  return starts;
}

/** A job that waits. */
export const waiting = (changes: Partial<QueuedJob>): QueuedJob => ({
  id: 'j1',
  accountId: 'a',
  model: 'm1',
  priority: 'standard',
  sequence: 1,
  createdAt: 0,
  needs: { cpu: 1 },
  estimatedSeconds: 1,
  runsAlone: false,
  ...changes,
});

/** What the policy decides for these jobs. */
export function decide(
  jobs: QueuedJob[],
  models: Record<string, ModelState>,
  now = 0,
  running: RunningJob[] = [],
) {
  const lanes = createLanes();
  for (const one of jobs) lanes.add(one);
  const state = {
    lanes: lanes.all(),
    running: new Map(running.map((one) => [one.id, one])),
    models: new Map(Object.entries(models)),
    capacity,
    gpus: [],
    service: lanes.service,
    rules,
  };
  return policy(state, now);
}
