import type { RunnerFailure } from './failure.ts';
import type { LoadParams, ProgressParams, ResidencyResult, RunResult } from './protocol.ts';

/** One attempt at one job. */
export interface RunRequest {
  jobId: string;
  task: string;
  /** What the task file's `runnerParams` made. */
  params: object;
  /** Finished outputs are bare file names in it. The runner makes it when it first writes. */
  outputFolder: string;
  /** For temporary files, made the same way; the caller deletes it after the outcome. */
  scratchFolder: string;
  /** Every progress notification of this job, as it comes. */
  onProgress(progress: ProgressParams): void;
}

/** How an attempt ended. When it comes, nothing of the runner writes into the job's folders any more. */
export type RunOutcome = { ok: true; result: RunResult } | { ok: false; failure: RunnerFailure };

/** How `park` or `wake` ended: what the model holds now. */
export type ResidencyOutcome = { ok: true; result: ResidencyResult } | { ok: false; failure: RunnerFailure };

/** Where and how the model is loaded: the parameters of `load` without the model's name. */
export type LoadTarget = Omit<LoadParams, 'model'>;

export interface RunnerLimits {
  /** From spawning the program to the answer of `load`. */
  startSeconds: number;
  /** A run without progress, log or answer for this long is killed. */
  stallSeconds: number;
  /** All files in a job's output and scratch folder together. */
  outputBytesMax: number;
  /** A runner's log file is rotated at this size; one old file is kept. */
  logBytesMax: number;
}

/** The supervisor's own pace; tests make it faster. */
export interface RunnerTiming {
  /** What a runner has to answer a `cancel` before it is killed. */
  cancelSeconds: number;
  /** What a runner has to exit after its stdin is closed. */
  exitSeconds: number;
  /** Between two looks at a running job's silence and size. */
  checkSeconds: number;
  /** The wait after a first crash; doubled by each further one. */
  backoffFirstSeconds: number;
  backoffMaxSeconds: number;
}

export const runnerTiming: RunnerTiming = {
  cancelSeconds: 1.5,
  exitSeconds: 1,
  checkSeconds: 1,
  backoffFirstSeconds: 0.25,
  backoffMaxSeconds: 30,
};
