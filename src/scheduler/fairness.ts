import type { QueuedJob } from './model.ts';

/**
 * Fair queueing: each account's clock runs with the service it is given, and the account whose clock is
 * furthest behind goes next. Demers, Keshav, Shenker: Analysis and Simulation of a Fair Queueing Algorithm (1989).
 */

/** What a start costs its account's clock, in slot-seconds; a job too short to estimate still costs something. */
export function serviceOf(job: QueuedJob): number {
  return Math.max(0.001, job.estimatedSeconds) * Math.max(1, job.needs.cpu ?? 1);
}

/**
 * The clock of an account that had nothing queued and now has: no earlier than the furthest-behind of the
 * accounts that compete, or its idle time would be credit to push everyone else aside.
 */
export function rejoin(own: number, competing: Iterable<number>): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (const clock of competing) earliest = Math.min(earliest, clock);
  return Number.isFinite(earliest) ? Math.max(own, earliest) : own;
}
