import { priorities, type QueuedJob } from './model.ts';

/** So many classes a job rises at an even pace, and from then on by one for each wait that is so many times longer. */
const evenLifts = 3;
const liftRatio = 4;

/**
 * The class a job competes in: its priority (0 is the most urgent), less what its wait gives it: one for every
 * `agingSeconds`, up to three, when no new job of any priority stands before it any more; then one more for each four
 * times as long, without a floor. With an even pace for ever, a long queue would become first come, first served: a
 * backlog of batch jobs from the night would stand before every interactive job of the morning. So in a queue of any
 * length each priority waits a small part of what the next one waits (a delay dependent discipline; Kleinrock 1964).
 */
export function urgencyClass(job: QueuedJob, now: number, agingSeconds: number): number {
  const lifts = Math.max(0, now - job.createdAt) / 1000 / agingSeconds;
  const isLong = lifts >= evenLifts;
  const lift = isLong ? evenLifts + Math.log(lifts / evenLifts) / Math.log(liftRatio) : lifts;
  return priorities.indexOf(job.priority) - Math.floor(lift);
}

/** Less is more urgent. */
export interface Urgency {
  /** Index of the priority. */
  priority: number;
  /** With what its age gives it. */
  urgencyClass: number;
}

export function urgencyOf(job: QueuedJob, now: number, agingSeconds: number): Urgency {
  return { priority: priorities.indexOf(job.priority), urgencyClass: urgencyClass(job, now, agingSeconds) };
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
