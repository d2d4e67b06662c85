import { RunnerStartError } from '../runners/runner.ts';
import type { Amounts } from '../scheduler/model.ts';
import { watchModels } from '../scheduler/model-states.ts';
import { createScheduler, type Effects } from '../scheduler/scheduler.ts';
import type { Settings } from '../settings/load-settings.ts';
import { createAdmission } from './admission.ts';
import { createEventStreams } from './event-stream.ts';
import { createLiveJobs } from './live-jobs.ts';
import type { JobParts } from './parts.ts';
import { recoverJobs } from './recover-jobs.ts';
import { createJobRuns, type JobRuns } from './run-job.ts';
import { schedulerRules } from './scheduler-rules.ts';
import { settleJob } from './settle-job.ts';

/** Starts that fail for this long, one after another, before the jobs that wait for the runner are given up. */
const failingSecondsMax = 60;

export interface Jobs {
  parts: JobParts & { runs: JobRuns };
  /** Takes up what an earlier process left. Called once, before the first request. */
  recover(): Promise<void>;
  /** Takes no more jobs, lets running ones go on for `graceSeconds`, and puts the rest back into the queue. */
  stop(graceSeconds: number): Promise<void>;
}

type Given = Omit<JobParts, 'live' | 'eventStreams' | 'scheduler' | 'admission'> & {
  capacity: Amounts;
  settings: Settings;
};

/** Ties scheduler, runners and job runs together. */
export function createJobs(given: Given): Jobs {
  const { capacity, settings, ...rest } = given;
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
  const gpus = rest.models.gpus.map(({ device, totalBytes }) => ({ id: device, bytes: totalBytes }));
  const rules = schedulerRules(settings);
  const scheduler = createScheduler({ clock, log, effects, capacity, gpus, rules });
  const admission = createAdmission({ ...rest.rules, scheduler });
  const live = createLiveJobs();
  const eventStreams = createEventStreams({ live, perAccountMax: rest.rules.streamsPerAccountMax });
  const parts: JobParts = { ...rest, live, eventStreams, scheduler, admission };
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
  const failingSince = new Map<string, number>();
  const begin = async (model: string) => {
    try {
      await runners.runnerFor(model).start();
      failingSince.delete(model);
    } catch (error) {
      if (parts.scheduler.isStopped()) return;
      const now = parts.steadyClock();
      const since = failingSince.get(model) ?? now;
      failingSince.set(model, since);
      log.error('runner did not start', { model, error });
      const message =
        error instanceof RunnerStartError ? error.failure.message : 'Its runner could not be started.';
      if (now - since < failingSecondsMax * 1000) return;
      failingSince.delete(model);
      await failWaiting(parts, model, message);
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
