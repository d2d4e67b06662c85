import type { RunnerErrorKind } from './protocol.ts';

/**
 * Why an attempt at a job failed: what the runner itself answered ({@link RunnerErrorKind}), or what its supervisor saw.
 * - `stalled`: no sign of life for `stallSeconds`; `exited`: the process ended while it ran the job
 * - `interrupted`: through no doing of the job: its process was ended for another job's sake, or wasn't ready
 * - `bad_message`: a line that breaks the protocol; `output_too_large`: more bytes in the job's folders than allowed
 * - `start_failed`: the program could not be started, or did not become ready in time
 */
export type RunnerFailureKind =
  | RunnerErrorKind
  | 'stalled'
  | 'exited'
  | 'interrupted'
  | 'bad_message'
  | 'output_too_large'
  | 'start_failed';

/** A failed attempt, as data. `message` is fit for the client: it names no paths. */
export interface RunnerFailure {
  kind: RunnerFailureKind;
  message: string;
  /** Whether a second attempt can end otherwise, see {@link nextStep}. */
  transient: boolean;
}

/** What becomes of a job whose attempt failed: another attempt (while `jobs.maxAttempts` allows), or the money back. */
export function nextStep(kind: RunnerFailureKind): 'retry' | 'refund' {
  switch (kind) {
    // The memory, the process or the machine's load may be better next time.
    case 'out_of_memory':
    case 'internal':
    case 'stalled':
    case 'exited':
    case 'interrupted':
    case 'bad_message':
    case 'start_failed':
      return 'retry';
    // The same input on the same model ends the same way, or nobody wants the result any more.
    case 'invalid_input':
    case 'model_broken':
    case 'output_too_large':
    case 'canceled':
      return 'refund';
  }
}

/** Makes a failure whose `transient` agrees with {@link nextStep}. */
export function runnerFailure(kind: RunnerFailureKind, message: string): RunnerFailure {
  return { kind, message, transient: nextStep(kind) === 'retry' };
}
