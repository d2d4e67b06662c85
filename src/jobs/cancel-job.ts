import { Conflict } from '../errors.ts';
import { settlesWithin } from '../runners/deadline.ts';
import { findJob } from './find-job.ts';
import type { JobParts } from './parts.ts';
import type { JobRuns } from './run-job.ts';
import { afterSettling, settleInTransaction } from './settle-job.ts';
import { isTerminal } from './state.ts';
import { queuedJob } from './new-job.ts';
import type { Job } from './tables.ts';

/** A runner is gone sooner; what may take longer is a full disk that can't take the job's end yet. */
const cancelSecondsMax = 10;

/**
 * Takes a job back and refunds it: at once where it waits, after its runner let go of it where it runs.
 * Canceling a canceled job changes nothing.
 * @throws NotFound; Conflict `job_finished` where it succeeded or failed before
 */
export async function cancelJob(
  parts: JobParts & { runs: JobRuns },
  request: { accountId: string; jobId: string },
): Promise<Job> {
  const { store, runs } = parts;
  // Once more for a job whose attempt failed meanwhile, and that waits for another.
  for (let tries = 0; tries < 2; tries++) {
    const canceled = await cancelWaiting(parts, findJob(store, request));
    if (canceled) return canceled;
    await settlesWithin(runs.cancel(request.jobId), cancelSecondsMax);
    const job = findJob(store, request);
    if (job.status === 'canceled') return job;
    if (isTerminal(job.status)) throw new Conflict(`The job has already ${job.status}.`, 'job_finished');
  }
  throw new Conflict('The job is changing its state; try again.', 'job_busy', 1);
}

/** Undefined where the job doesn't wait. It waits on where the disk doesn't take its end. */
async function cancelWaiting(parts: JobParts, job: Job): Promise<Job | undefined> {
  if (!parts.scheduler.withdraw(job.id)) return undefined;
  const canceling = parts.writer.write(() =>
    settleInTransaction(parts, job.id, 'queued', { status: 'canceled' }),
  );
  const canceled = await canceling.catch((error) => {
    parts.scheduler.submit(queuedJob(parts, job));
    throw error;
  });
  if (!canceled) return undefined;
  afterSettling(parts, canceled);
  await parts.cleanUp.removeJob(job.id);
  return findJob(parts.store, { accountId: job.accountId, jobId: job.id });
}
