import type { Job } from './tables.ts';

/**
 * Which job takes the appliance down? Every job that ran when it died is counted an interruption. One that has
 * collected all but the last runs alone: if the appliance dies once more, it was this job and it is failed; if
 * not, its neighbour is the one that goes on collecting. So an innocent job outlives any number of deaths.
 */

type Interrupted = Pick<Job, 'interruptions'>;
interface Limit {
  /** At least 2. */
  interruptionsMax: number;
}

/** The next interruption would be its last: it must run alone. */
export function isSuspect({ interruptions }: Interrupted, { interruptionsMax }: Limit): boolean {
  return interruptions >= interruptionsMax - 1;
}

/** It is never run again. */
export function isPoison({ interruptions }: Interrupted, { interruptionsMax }: Limit): boolean {
  return interruptions >= interruptionsMax;
}
