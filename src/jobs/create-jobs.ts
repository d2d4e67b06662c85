import { RunnerStartError } from '../runners/runner.ts';
import type { Amounts, SchedulerRules } from '../scheduler/model.ts';
import { watchModels } from '../scheduler/model-states.ts';
import { createScheduler, type Effects } from '../scheduler/scheduler.ts';
import { createLiveJobs } from './live-jobs.ts';
import type { JobParts } from './parts.ts';
import { recoverJobs } from './recover-jobs.ts';
import { createJobRuns, type JobRuns } from './run-job.ts';
import { settleJob } from './settle-job.ts';

/** Starts that fail in a row before the jobs that wait for a runner are given up. */
const startsMax = 3;

export interface Jobs {
  parts: JobParts & { runs: JobRuns };
  /** Takes up what an earlier process left. Called once, before the first request. */
  recover(): Promise<void>;
  /** Takes no more jobs, lets running ones go on for `graceSeconds`, and puts the rest back into the queue. */
  stop(graceSeconds: number): Promise<void>;
}

type Given = Omit<JobParts, 'live' | 'scheduler'> & { capacity: Amounts; schedulerRules: SchedulerRules };

/** Ties scheduler, runners and job runs together. */
export function createJobs(given: Given): Jobs {
  const { capacity, schedulerRules, ...rest } = given;
  const { runners, steadyClock: clock, log } = rest;
  const models = watchModels({ runners, clock, onChange: () => scheduler.wake() });
  const effects: Effects = {
    startJob: (job) => runs.start(job),
    loadModel: (model) => loads.start(model),
    unloadModel(model) {
      void runners.runnerFor(model).stop({ graceSeconds: 1 });
    },
    modelStates: () => models.all(),
  };
  const scheduler = createScheduler({ clock, log, effects, capacity, rules: schedulerRules });
  const parts: JobParts = { ...rest, live: createLiveJobs(), scheduler };
  const runs = createJobRuns(parts, (model) => models.used(model));
  const loads = createLoads(parts);
  return {
    parts: { ...parts, runs },
    recover: () => recoverJobs(parts),
    async stop(graceSeconds) {
      scheduler.stop();
      runs.beginShutdown();
      await runners.stop({ graceSeconds });
      await runs.idle();
    },
  };
}

/** Starts runners on the scheduler's word; one that never starts must not keep its jobs waiting for ever. */
function createLoads(parts: JobParts) {
  const { runners, log } = parts;
  const failures = new Map<string, number>();
  const begin = async (model: string) => {
    try {
      await runners.runnerFor(model).start();
      failures.delete(model);
    } catch (error) {
      if (parts.scheduler.isStopped()) return;
      const count = (failures.get(model) ?? 0) + 1;
      failures.set(model, count);
      log.error('runner did not start', { model, count, error });
      const message =
        error instanceof RunnerStartError ? error.failure.message : 'Its runner could not be started.';
      if (count >= startsMax) await failWaiting(parts, model, message);
    }
  };
  return {
    start(model: string) {
      begin(model).catch((error) => log.error('starting a runner broke', { model, error }));
    },
  };
}

async function failWaiting(parts: JobParts, model: string, message: string): Promise<void> {
  for (const job of parts.store.open()) {
    if (job.model !== model || !parts.scheduler.withdraw(job.id)) continue;
    await settleJob(parts, job.id, 'queued', { status: 'failed', code: 'start_failed', message });
    await parts.cleanUp.removeJob(job.id);
  }
}
