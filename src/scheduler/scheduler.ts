import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Forecast } from './forecast.ts';
import { createForecasts } from './forecasts.ts';
import { createLanes, laneOf } from './lanes.ts';
import type {
  Amounts,
  Decision,
  GpuBudget,
  ModelState,
  QueuedJob,
  RunningJob,
  SchedulerRules,
  SchedulerState,
} from './model.ts';
import { policy } from './policy.ts';

/** What the run loop does to the world. None of it may throw; each ends in a call back to the scheduler. */
export interface Effects {
  /** Runs the job; calls `ended` when it is over, whatever came of it. */
  startJob(job: QueuedJob): void;
  /** Starts the runner, on a GPU where `device` names one; calls `wake` when its state changes, as do the others. */
  loadModel(model: string, device?: string): void;
  /** From its GPU into the host's memory, and back. */
  parkModel(model: string): void;
  wakeModel(model: string): void;
  unloadModel(model: string): void;
  modelStates(): ReadonlyMap<string, ModelState>;
}

/** Owns all waiting and running jobs; nothing else decides what runs. */
export interface Scheduler {
  /** Takes a job whose row is on disk. */
  submit(job: QueuedJob): void;
  /**
   * Takes a job that would start now, where none waits: from here on it counts as running, and the caller runs it and
   * says when it has `ended`. Its row may be written as that of a running job.
   * @returns false, and nothing is taken, where it has to wait
   */
  startAtOnce(job: QueuedJob): boolean;
  /** Takes a waiting job out. False where it isn't waiting (any more). */
  withdraw(jobId: string): boolean;
  /** A started job is over. */
  ended(jobId: string): void;
  /** Something changed: decide again, once, in this turn of the event loop. */
  wake(): void;
  /** Null for a job that doesn't wait. */
  forecastOf(jobId: string): Forecast | null;
  /** Where a job would stand if it were submitted now. */
  preview(job: QueuedJob): Forecast;
  waitingOf(accountId: string): number;
  /** Until the first waiting job of an account, or of all, is likely to start; null where none waits. */
  secondsToNextStart(accountId?: string): number | null;
  counts(): { queued: number; running: number };
  /** Starts nothing any more. */
  stop(): void;
  isStopped(): boolean;
}

/** Time passes without an event too: back-offs end, idle runners grow old. */
const wakeAtLeastEveryMs = 1000;

interface SchedulerOptions {
  clock: Clock;
  log: Log;
  effects: Effects;
  capacity: Amounts;
  /** Those that answer now. */
  gpus?: () => readonly GpuBudget[];
  rules: SchedulerRules;
}

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { lanes, running, forecasts, startAtOnce, wake, stop, isStopped } = createRunLoop(options);
  return {
    wake,
    stop,
    isStopped,
    startAtOnce: (job) => startAtOnce(fitToCapacity(job, options.capacity)),
    submit(job) {
      lanes.add(fitToCapacity(job, options.capacity));
      forecasts.invalidate();
      wake();
    },
    withdraw(jobId) {
      const wasWaiting = lanes.remove(jobId);
      if (wasWaiting) forecasts.invalidate();
      return wasWaiting;
    },
    ended(jobId) {
      running.delete(jobId);
      forecasts.invalidate();
      wake();
    },
    forecastOf(jobId) {
      const job = lanes.find(jobId);
      return job ? forecasts.of(job, lanes.size) : null;
    },
    preview: (job) => forecasts.preview(fitToCapacity(job, options.capacity), lanes.size),
    waitingOf: (accountId) => lanes.countOf(accountId),
    secondsToNextStart(accountId) {
      let soonest: number | null = null;
      for (const lane of lanes.all()) {
        // Of a lane's jobs, the first starts first.
        const [first] = lane.jobs;
        if (!first || (accountId !== undefined && lane.accountId !== accountId)) continue;
        const { startsInSeconds } = forecasts.of(first, lanes.size);
        soonest = Math.min(soonest ?? startsInSeconds, startsInSeconds);
      }
      return soonest;
    },
    counts: () => ({ queued: lanes.size, running: running.size }),
  };
}

const messages = {
  load: 'starting runner',
  wake: 'bringing a parked model back',
  park: 'parking a model',
  unload: 'stopping idle runner',
};

/** The state, and the loop that applies the policy to it once in each turn in which something changed. */
function createRunLoop({ clock, log, effects, capacity, gpus = () => [], rules }: SchedulerOptions) {
  const lanes = createLanes();
  const running = new Map<string, RunningJob>();
  const snapshot = (): SchedulerState => {
    const models = effects.modelStates();
    return { lanes: lanes.all(), running, models, capacity, gpus: gpus(), service: lanes.service, rules };
  };
  const forecasts = createForecasts(snapshot, clock);
  let hasStopped = false;
  let isWoken = false;

  const begin = (job: QueuedJob) => {
    const expectedEndAt = clock() + job.estimatedSeconds * 1000;
    lanes.start(job);
    const { id, model, needs, runsAlone, gpu } = job;
    running.set(id, { id, model, needs, runsAlone, gpu, expectedEndAt });
    forecasts.invalidate();
  };
  const startAtOnce = (job: QueuedJob) => {
    if (hasStopped || lanes.size > 0) return false;
    const decisions = policy({ ...snapshot(), lanes: [laneOf(job)] }, clock());
    if (!decisions.some((decision) => decision.kind === 'start' && decision.job === job)) return false;
    begin(job);
    return true;
  };
  const apply = (decision: Decision) => {
    if (decision.kind === 'start') {
      begin(decision.job);
      return effects.startJob(decision.job);
    }
    const { kind, model } = decision;
    log.info(messages[kind], { model, ...('device' in decision ? { device: decision.device } : {}) });
    if (kind === 'load') effects.loadModel(model, decision.device);
    else if (kind === 'wake') effects.wakeModel(model);
    else if (kind === 'park') effects.parkModel(model);
    else effects.unloadModel(model);
    forecasts.invalidate();
  };
  const decide = () => {
    isWoken = false;
    if (hasStopped) return;
    for (const decision of policy(snapshot(), clock())) apply(decision);
  };
  const wake = () => {
    if (hasStopped || isWoken) return;
    isWoken = true;
    setImmediate(decide);
  };
  const timer = setInterval(wake, wakeAtLeastEveryMs);
  const stop = () => {
    hasStopped = true;
    clearInterval(timer);
  };
  return { lanes, running, forecasts, startAtOnce, wake, stop, isStopped: () => hasStopped };
}

/** A job that wants more than there is would wait for ever: it takes all there is instead. */
function fitToCapacity(job: QueuedJob, capacity: Amounts): QueuedJob {
  const needs = Object.entries(job.needs).map(
    ([name, amount]) => [name, name === 'cpu' ? Math.min(amount, capacity[name] ?? 0) : amount] as const,
  );
  return { ...job, needs: Object.fromEntries(needs) };
}
