import { randomBytes } from 'node:crypto';
import type { RunOutcome } from '../runners/run.ts';
import type { QueuedJob } from '../scheduler/model.ts';
import type { JobParts } from './parts.ts';

/** A run of a model that no job stands for: nothing of it is stored, charged or shown, and it makes no file. */
export interface Errand {
  model: string;
  task: string;
  params: Record<string, unknown>;
}

/** They wait for CPU slots and GPU memory as jobs do, and are lost when the appliance stops. */
export interface Errands {
  /** @throws the signal's reason, once the run has been stopped; whatever else happens is in the outcome */
  run(errand: Errand, signal: AbortSignal): Promise<RunOutcome>;
  /** Called by the scheduler. @returns false for what is no errand */
  start(queued: QueuedJob): boolean;
}

/** Their lane in the scheduler: of all accounts together, so that none of them crowds out jobs. */
const laneOfErrands = 'errands';

type ErrandParts = Pick<
  JobParts,
  'scheduler' | 'runners' | 'estimates' | 'gpuJobs' | 'outputs' | 'steadyClock' | 'log'
>;

/** @param onEnd called with the model after each run */
export function createErrands(parts: ErrandParts, onEnd: (model: string) => void): Errands {
  const { scheduler, runners, log } = parts;
  const waiting = new Map<string, () => void>();
  let sequence = 0;
  return {
    start({ id }) {
      const begin = waiting.get(id);
      begin?.();
      return waiting.delete(id);
    },
    async run(errand, signal) {
      signal.throwIfAborted();
      const id = `job_${randomBytes(12).toString('hex')}`;
      const over = Promise.withResolvers<RunOutcome>();
      const begin = () => attempt(parts, id, errand).finally(() => onEnd(errand.model));
      waiting.set(id, () => void begin().then(over.resolve, over.reject));
      const giveUp = () => {
        if (scheduler.withdraw(id)) return over.reject(signal.reason);
        const cancel = runners.runnerFor(errand.model).cancel(id);
        cancel.catch((error) => log.error('an errand goes on', { id, error }));
      };
      signal.addEventListener('abort', giveUp, { once: true });
      scheduler.submit(queuedErrand(parts, { id, model: errand.model, sequence: sequence++ }));
      try {
        const outcome = await over.promise;
        signal.throwIfAborted();
        return outcome;
      } finally {
        signal.removeEventListener('abort', giveUp);
        waiting.delete(id);
      }
    },
  };
}

function queuedErrand(
  { runners, estimates, gpuJobs, steadyClock }: ErrandParts,
  { id, model, sequence }: Pick<QueuedJob, 'id' | 'model' | 'sequence'>,
): QueuedJob {
  return {
    ...{ id, model, sequence, accountId: laneOfErrands, priority: 'interactive' },
    ...{ createdAt: steadyClock(), runsAlone: false },
    needs: { cpu: runners.runnerFor(model).manifest.cpuSlots },
    estimatedSeconds: estimates.seconds(model, 0),
    gpu: gpuJobs.needsOf({ id, model, workloadUnits: 0 }),
  };
}

async function attempt(
  { scheduler, runners, estimates, gpuJobs, outputs, steadyClock }: ErrandParts,
  id: string,
  { model, task, params }: Errand,
): Promise<RunOutcome> {
  const folders = outputs.nameScratch(id);
  const startedAt = steadyClock();
  try {
    const request = { jobId: id, task, params, ...folders, onProgress: () => {} };
    const outcome = await runners.runnerFor(model).run(request);
    if (outcome.ok) estimates.learn(model, 0, (steadyClock() - startedAt) / 1000);
    return outcome;
  } finally {
    gpuJobs.over(id);
    scheduler.ended(id);
    await outputs.removeScratch(folders);
  }
}
