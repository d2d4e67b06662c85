import type { Amounts } from '../scheduler/model.ts';
import { watchModels } from '../scheduler/model-states.ts';
import { createScheduler, type Effects } from '../scheduler/scheduler.ts';
import type { Settings } from '../settings/load-settings.ts';
import { createAdmission } from './admission.ts';
import { createErrands, type Errands } from './errands.ts';
import { createEventStreams } from './event-stream.ts';
import { createJobDesk, type JobDesk } from './desk.ts';
import { checkNames, createGpuJobs, guessGpuModels } from './gpu-jobs.ts';
import { createLiveJobs } from './live-jobs.ts';
import { createLoads } from './loads.ts';
import type { JobParts } from './parts.ts';
import { recoverJobs } from './recover-jobs.ts';
import { createJobRuns } from './run-job.ts';
import { schedulerRules } from './scheduler-rules.ts';
import { watchGpus } from './watch-gpus.ts';

export interface Jobs {
  parts: JobParts;
  desk: JobDesk;
  /** Runs of models that no job stands for. */
  errands: Errands;
  /** Takes up what an earlier process left. Called once, before the first request. */
  recover(): Promise<void>;
  /** Takes no more jobs, lets running ones go on for `graceSeconds`, and puts the rest back into the queue. */
  stop(graceSeconds: number): Promise<void>;
}

type Given = Omit<JobParts, 'live' | 'eventStreams' | 'scheduler' | 'admission' | 'gpuJobs'> & {
  capacity: Amounts;
  settings: Settings;
};

/** Ties scheduler, runners and job runs together. */
export function createJobs(given: Given): Jobs {
  const { capacity, settings, ...rest } = given;
  const { runners, steadyClock: clock, log } = rest;
  const guessAll = () => guessGpuModels({ runners, models: rest.models, settings });
  const gpuGuesses = guessAll();
  if (gpuGuesses.size > 0) checkNames({ guesses: gpuGuesses, settings, log });
  const models = watchModels({ runners, gpuGuesses, clock, onChange: () => scheduler.wake() });
  const effects: Effects = {
    startJob: (job) => void (errands.start(job) || runs.start(job)),
    loadModel(model, device) {
      if (device !== undefined) models.goesTo(model, device);
      loads.start(model, device);
    },
    parkModel: (model) => loads.change(model, 'park'),
    wakeModel: (model) => loads.change(model, 'wake'),
    unloadModel(model) {
      void runners.runnerFor(model).stop({ graceSeconds: 1 });
    },
    modelStates: () => models.all(),
  };
  const gpus = () => rest.models.gpus.map(({ device, totalBytes }) => ({ id: device, bytes: totalBytes }));
  const rules = schedulerRules(settings);
  const scheduler = createScheduler({ clock, log, effects, capacity, gpus, rules });
  const admission = createAdmission({ ...rest.rules, scheduler });
  const live = createLiveJobs();
  const eventStreams = createEventStreams({ perAccountMax: rest.rules.streamsPerAccountMax });
  const gpuJobs = createGpuJobs(runners, new Set(gpuGuesses.keys()));
  const parts: JobParts = { ...rest, live, eventStreams, scheduler, admission, gpuJobs };
  const runs = createJobRuns(parts, (model) => models.used(model));
  const errands = createErrands(parts, (model) => models.used(model));
  const loads = createLoads(parts);
  const gpuWatch = watchGpus({
    ...parts,
    lookSeconds: settings.gpu.lookSeconds,
    modelStates: () => models.all(),
    guessAgain: () => models.guessAgain(guessAll()),
  });
  return {
    parts,
    desk: createJobDesk({ ...parts, runs }),
    errands,
    recover: () => recoverJobs(parts),
    async stop(graceSeconds) {
      scheduler.stop();
      gpuWatch.stop();
      runs.beginShutdown();
      await runners.stop({ graceSeconds });
      await runs.idle();
    },
  };
}
