import { type Static, type TSchema, Type } from '@sinclair/typebox';
import type { Log } from '../log.ts';
import { settlesWithin } from './deadline.ts';
import { type RunnerFailure, runnerFailure } from './failure.ts';
import type { Manifest } from './manifest.ts';
import { type Breach, type JobWatch, folderBytes, watchJob } from './job-watch.ts';
import { type LogParams, type ProgressParams, RunResult } from './protocol.ts';
import type { RunnerLimits, RunnerTiming, RunOutcome, RunRequest } from './run.ts';

/** Why a child's life ended. */
export interface Ending {
  failure: RunnerFailure;
  /** The job that the failure belongs to; the others were only in the same process. */
  jobId?: string;
  /** Whether the runner misbehaved, so that its next start should wait. */
  isFault: boolean;
}

/** How a request to the child ended; after the child's end, `jobId` decides whose failure it is. */
export type AskOutcome<Result> = { ok: true; result: Result } | { ok: false; failure: RunnerFailure };

interface RunningJobsOptions {
  manifest: Pick<Manifest, 'name' | 'minOutputs'>;
  log: Log;
  limits: RunnerLimits;
  timing: RunnerTiming;
  ask<Schema extends TSchema>(request: {
    method: string;
    params: object;
    schema: Schema;
    jobId?: string;
  }): Promise<AskOutcome<Static<Schema>>>;
  kill: (ending: Ending) => void;
}

interface RunningJob {
  request: RunRequest;
  watch: JobWatch;
  isCanceled: boolean;
  outcome: Promise<RunOutcome>;
}

/** The jobs inside one child: each watched, each cancelable, each with exactly one outcome. */
export class RunningJobs {
  readonly #jobs = new Map<string, RunningJob>();

  constructor(readonly options: RunningJobsOptions) {}

  get size(): number {
    return this.#jobs.size;
  }

  /** @throws Error when the job is running already */
  start(request: RunRequest): Promise<RunOutcome> {
    if (this.#jobs.has(request.jobId)) throw new Error(`${request.jobId} is running already.`);
    const { jobId, task, params, outputFolder, scratchFolder } = request;
    const message = { jobId, task, params, outputFolder, scratchFolder };
    const answer = this.options.ask({ method: 'run', params: message, schema: RunResult, jobId });
    const job: RunningJob = {
      request,
      watch: this.#watch(request),
      isCanceled: false,
      outcome: answer.then((outcome) => this.#finish(job, outcome)),
    };
    this.#jobs.set(jobId, job);
    return job.outcome;
  }

  /** Asks politely, then kills the child. Resolves when the job has ended; at once when it isn't running. */
  async cancel(jobId: string): Promise<void> {
    const job = this.#jobs.get(jobId);
    if (!job) return;
    if (!job.isCanceled) {
      job.isCanceled = true;
      void this.options.ask({ method: 'cancel', params: { jobId }, schema: Type.Object({}) });
    }
    if (await settlesWithin(job.outcome, this.options.timing.cancelSeconds)) return;
    this.options.kill({ failure: canceled(), jobId, isFault: false });
    await job.outcome;
  }

  /** Resolves when every job that runs now has ended. */
  async settle(): Promise<void> {
    await Promise.all([...this.#jobs.values()].map((job) => job.outcome));
  }

  progressed(progress: ProgressParams): void {
    const job = this.#jobs.get(progress.jobId);
    if (!job) return;
    job.watch.heard();
    try {
      job.request.onProgress(progress);
    } catch (error) {
      // The listener's trouble is not the runner's, and must not end the reading of its messages.
      this.options.log.error('A progress report was not taken.', { jobId: progress.jobId, error });
    }
  }

  /** A log line without a job is a sign of life for all of them. */
  logged({ jobId }: LogParams): void {
    for (const job of this.#jobs.values()) if (!jobId || job.request.jobId === jobId) job.watch.heard();
  }

  async #finish(job: RunningJob, outcome: RunOutcome): Promise<RunOutcome> {
    const { jobId, outputFolder, scratchFolder } = job.request;
    job.watch.stop();
    this.#jobs.delete(jobId);
    if (!outcome.ok) return job.isCanceled ? { ok: false, failure: canceled() } : outcome;
    const minOutputs = this.options.manifest.minOutputs ?? 1;
    if (outcome.result.outputs.length < minOutputs) return { ok: false, failure: tooFewOutputs(minOutputs) };
    // A short job can write much between two looks.
    const bytes = await folderBytes([outputFolder, scratchFolder]);
    if (bytes <= this.options.limits.outputBytesMax) return outcome;
    return { ok: false, failure: this.#describe('output_too_large') };
  }

  #watch({ jobId, outputFolder, scratchFolder }: RunRequest): JobWatch {
    const { limits, timing, log, kill } = this.options;
    return watchJob({
      folders: [outputFolder, scratchFolder],
      stallSeconds: limits.stallSeconds,
      outputBytesMax: limits.outputBytesMax,
      checkSeconds: timing.checkSeconds,
      onBreach: (breach) => kill({ failure: this.#describe(breach), jobId, isFault: breach === 'stalled' }),
      onError: (error) => {
        log.error("A running job's folders could not be read.", { jobId, error });
        const failure = runnerFailure('internal', 'The job could not be watched.');
        kill({ failure, jobId, isFault: false });
      },
    });
  }

  #describe(breach: Breach): RunnerFailure {
    const { stallSeconds, outputBytesMax } = this.options.limits;
    return breach === 'stalled'
      ? runnerFailure('stalled', `The runner gave no sign of life for ${stallSeconds} s.`)
      : runnerFailure('output_too_large', `The job wrote more than ${outputBytesMax} bytes.`);
  }
}

function tooFewOutputs(minOutputs: number): RunnerFailure {
  const files = minOutputs === 1 ? 'no output' : `fewer than ${minOutputs} outputs`;
  return runnerFailure('bad_message', `The engine named ${files}.`);
}

function canceled(): RunnerFailure {
  return runnerFailure('canceled', 'The job was canceled.');
}
