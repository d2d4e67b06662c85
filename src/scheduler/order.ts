import { priorities, type QueuedJob } from './model.ts';

/**
 * The class a job competes in: its priority (0 is the most urgent), one less for every `agingSeconds` it has
 * waited, without a floor. A job therefore meets, in the end, only jobs that wait as long as itself: after
 * `3 × agingSeconds` no new job of any priority stands before it.
 */
export function urgencyClass(job: QueuedJob, now: number, agingSeconds: number): number {
  const waitedSeconds = Math.max(0, now - job.createdAt) / 1000;
  return priorities.indexOf(job.priority) - Math.floor(waitedSeconds / agingSeconds);
}

export interface Ranked {
  job: QueuedJob;
  urgencyClass: number;
  /** Slot-seconds that its account has had. */
  served: number;
}

/** Which of two jobs goes first: the more urgent class, then the account that had least, then the older. */
export function compareRanked(a: Ranked, b: Ranked): number {
  return a.urgencyClass - b.urgencyClass || a.served - b.served || a.job.sequence - b.job.sequence;
}
