import { nextStep, runnerFailure, type RunnerFailure } from '../runners/failure.ts';
import type { ProgressParams } from '../runners/protocol.ts';
import type { RunOutcome } from '../runners/run.ts';
import type { QueuedJob } from '../scheduler/model.ts';
import { OutputRefused } from '../storage/check-output.ts';
import { DiskFull } from '../storage/disk-space.ts';
import { inputPath } from '../storage/folders.ts';
import type { ScratchFolders } from '../storage/publish-output.ts';
import { findTask } from '../tasks/registry.ts';
import type { JobParts } from './parts.ts';
import { settleJob } from './settle-job.ts';
import { queuedJob } from './new-job.ts';
import type { Job } from './tables.ts';

/** Runs started jobs to their end, and stops them on demand. */
export interface JobRuns {
  /**
   * Never throws: whatever happens ends or requeues the job, then frees its place in the scheduler.
   * @param row of a job that was marked as running when it was submitted
   */
  start(queued: QueuedJob, row?: Job): void;
  /** Stops a job that was started and resolves when it is over. */
  cancel(jobId: string): Promise<void>;
  /** From now on an attempt that breaks off goes back to the queue without counting. */
  beginShutdown(): void;
  /** Resolves when no job runs. */
  idle(): Promise<void>;
}

interface Run {
  isCanceled: boolean;
  /** Of its attempt, once they are made. */
  folders: ScratchFolders | null;
  done: Promise<void>;
}

/** @param onEnd called with the model after each run */
export function createJobRuns(parts: JobParts, onEnd: (model: string) => void): JobRuns {
  const runs = new Map<string, Run>();
  const tidying = new Set<Promise<void>>();
  let isShuttingDown = false;

  const mark = (queued: QueuedJob) => {
    // Where the power goes before it is on disk, the job starts anew, as it would have a moment earlier. A suspect
    // may be what takes the power: that it ran must be known.
    const awaited = queued.runsAlone ? 'disk' : 'commit';
    return parts.writer.persist(() => parts.store.markRunning(queued.id, parts.clock()), awaited);
  };
  const execute = async (queued: QueuedJob, run: Run, row?: Job): Promise<Job | undefined> => {
    const job = row ?? (await mark(queued));
    if (!job) return undefined;
    parts.live.changed(job.id);
    const failure = await attempt(parts, job, run);
    let requeued: Job | undefined;
    if (run.isCanceled) await settleJob(parts, job.id, 'running', { status: 'canceled' });
    else if (failure) requeued = await failOrRetry(parts, job, failure, isShuttingDown);
    // The folders of this attempt are nobody else's: the next one need not wait until they are gone.
    const tidied = tidyUp(parts, job.id, run.folders)
      .catch((error) => parts.log.error('tidying up failed', { jobId: job.id, error }))
      .finally(() => tidying.delete(tidied));
    tidying.add(tidied);
    return requeued;
  };
  return {
    start(queued, row) {
      const run: Run = { isCanceled: false, folders: null, done: Promise.resolve() };
      runs.set(queued.id, run);
      run.done = execute(queued, run, row)
        .catch((error) => {
          parts.log.error('job run broke', { jobId: queued.id, error });
          return undefined;
        })
        .then((requeued) => {
          runs.delete(queued.id);
          onEnd(queued.model);
          if (!requeued) parts.gpuJobs.over(queued.id);
          parts.scheduler.ended(queued.id);
          // Not before: the next attempt may start in the same turn, under the same id.
          if (requeued) parts.scheduler.submit(queuedJob(parts, requeued));
        });
    },
    async cancel(jobId) {
      const run = runs.get(jobId);
      const job = parts.store.find(jobId);
      if (!run || !job) return;
      run.isCanceled = true;
      await parts.runners.runnerFor(job.model).cancel(jobId);
      await run.done;
      await Promise.all(tidying);
    },
    beginShutdown() {
      isShuttingDown = true;
    },
    async idle() {
      await Promise.all([...runs.values()].map(({ done }) => done));
      await Promise.all(tidying);
    },
  };
}

/** One attempt, up to the job's success. @returns why it failed, or null when it succeeded or was canceled */
async function attempt(parts: JobParts, job: Job, run: Run): Promise<RunnerFailure | null> {
  const log = parts.log.child({ jobId: job.id, task: job.task, attempt: job.attempts });
  try {
    const folders = parts.outputs.nameScratch(job.id);
    run.folders = folders;
    const params = runnerParams(parts, job);
    if (run.isCanceled) return null;
    const onProgress = (progress: ProgressParams) => parts.live.report(progress);
    const request = { jobId: job.id, task: job.task, params, ...folders, onProgress };
    const startedAt = parts.steadyClock();
    const outcome = await parts.runners.runnerFor(job.model).run(request);
    const seconds = (parts.steadyClock() - startedAt) / 1000;
    if (run.isCanceled) return null;
    if (!outcome.ok) {
      log.warn('attempt failed', { ...outcome.failure });
      return outcome.failure;
    }
    await succeed(parts, job, outcome, folders.outputFolder);
    parts.estimates.learn(job.model, job.workloadUnits, seconds);
    learnMemory(parts, job, outcome.result.measurements);
    return null;
  } catch (error) {
    log.error('attempt broke', { error });
    if (error instanceof OutputRefused) return runnerFailure('bad_message', error.message);
    if (error instanceof DiskFull) return runnerFailure('internal', 'The disk of the server was full.');
    return runnerFailure('internal', 'The appliance could not finish this attempt.');
  }
}

function runnerParams({ rules }: JobParts, job: Job): Record<string, unknown> {
  const task = findTask(job.task);
  if (!task) throw new Error(`Job ${job.id} is of an unknown task ${job.task}.`);
  return task.runnerParams(job.effectiveInput, ({ name }) => inputPath(rules.filesRoot, job.id, name));
}

async function succeed(
  parts: JobParts,
  job: Job,
  { result }: Extract<RunOutcome, { ok: true }>,
  outputFolder: string,
): Promise<void> {
  const { manifest } = parts.runners.runnerFor(job.model);
  const { metadata, measurements } = result;
  const outputs = await parts.outputs.publish({ jobId: job.id, outputs: result.outputs, outputFolder });
  const upstream = { runner: { name: manifest.name, version: manifest.version }, metadata, measurements };
  await settleJob(parts, job.id, 'running', { status: 'succeeded', outputs, upstream });
  parts.log.info('job succeeded', { jobId: job.id, task: job.task, seconds: measurements.seconds });
}

function learnMemory({ runners, gpuJobs }: JobParts, job: Job, measurements: Record<string, number>): void {
  const state = runners.runnerFor(job.model).state();
  const { peakVramBytes: peakBytes } = measurements;
  if (peakBytes === undefined || state.name !== 'ready') return;
  gpuJobs.learn(job, { peakBytes, heldBytes: state.residency.vramBytes });
}

/** @returns the job where it goes back to the queue */
async function failOrRetry(
  parts: JobParts,
  job: Job,
  failure: RunnerFailure,
  isShuttingDown: boolean,
): Promise<Job | undefined> {
  const isInnocent = failure.kind === 'interrupted' || (isShuttingDown && failure.kind === 'exited');
  if (isInnocent) return requeue(parts, job, job.attempts - 1);
  if (mayRetry(parts, job, failure)) return requeue(parts, job, job.attempts);
  const { kind: code, message } = failure;
  parts.log.warn('job failed', { jobId: job.id, code, attempts: job.attempts });
  await settleJob(parts, job.id, 'running', { status: 'failed', code, message });
  return undefined;
}

function mayRetry({ gpuJobs, rules }: JobParts, job: Job, { kind }: RunnerFailure): boolean {
  // With the whole GPU to itself it may end otherwise, and not a third time.
  if (kind === 'out_of_memory' && gpuJobs.needsOf(job)) return gpuJobs.ranOut(job);
  return nextStep(kind) === 'retry' && job.attempts < rules.attemptsMax;
}

/** @param attempts what counts against the job from now on */
async function requeue(parts: JobParts, job: Job, attempts: number): Promise<Job | undefined> {
  const queued = await parts.writer.persist(() => parts.store.requeue(job.id, attempts));
  if (queued) parts.live.closed(job.id);
  return queued;
}

/** Scratch goes after every attempt, inputs once no further attempt can need them, outputs that are nobody's too. */
async function tidyUp(parts: JobParts, jobId: string, folders: ScratchFolders | null): Promise<void> {
  const { outputs, cleanUp, store, log } = parts;
  const status = store.statusOf(jobId);
  try {
    if (folders) await outputs.removeScratch(folders);
    if (status === 'succeeded') await cleanUp.removeInputs(jobId);
    else if (status === 'failed' || status === 'canceled') await cleanUp.removeJob(jobId);
  } catch (error) {
    // The next start sweeps it; it must not keep a job from its next attempt.
    log.error("a job's files could not be deleted", { jobId, error });
  }
}
