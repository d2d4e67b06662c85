import type { RunnerFailure } from './failure.ts';
import type { ResidencyResult } from './protocol.ts';

/**
 * `stopped → starting → ready → stopping → stopped`; `stopping` is also a broken child that is not quite gone. After a
 * crash, a stall or a failed start comes `backoff`: a start is then not attempted before `retryAt` (epoch milliseconds).
 * A child that was killed for a job's sake (canceled, output too large) leaves `stopped`. A model that is taken off its
 * GPU goes `ready → parking → parked`, and comes back by `waking`.
 */
export type RunnerState =
  | { name: 'stopped' }
  | { name: 'starting' }
  | UpState
  | { name: 'stopping' }
  | { name: 'backoff'; retryAt: number; failure: RunnerFailure };

/** Its child lives and has loaded its model. */
export interface UpState {
  name: 'ready' | 'parking' | 'parked' | 'waking';
  concurrency: number;
  /** Before the change, while there is one. */
  residency: ResidencyResult;
}

export function isUp(state: RunnerState): state is UpState {
  return 'residency' in state;
}
