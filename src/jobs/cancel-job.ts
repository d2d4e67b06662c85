import { Conflict } from '../errors.ts';
import { findJob } from './find-job.ts';
import type { JobParts } from './parts.ts';
import type { JobRuns } from './run-job.ts';
import { settleJob } from './settle-job.ts';
import { isTerminal } from './state.ts';
import type { Job } from './tables.ts';

/**
 * Takes a job back and refunds it: at once where it waits, after its runner let go of it where it runs.
 * Canceling a canceled job changes nothing.
 * @throws NotFound; Conflict `job_finished` where it succeeded or failed before
 */
export async function cancelJob(
  parts: JobParts & { runs: JobRuns },
  request: { accountId: string; jobId: string },
): Promise<Job> {
  const { store, scheduler, cleanUp, runs } = parts;
  const { id } = findJob(store, request);
  if (scheduler.withdraw(id)) {
    const canceled = await settleJob(parts, id, 'queued', { status: 'canceled' });
    await cleanUp.removeInputs(id);
    if (canceled) return canceled;
  }
  await runs.cancel(id);
  const job = findJob(store, request);
  if (job.status === 'canceled') return job;
  if (isTerminal(job.status)) throw new Conflict(`The job has already ${job.status}.`, 'job_finished');
  throw new Conflict('The job is changing its state; try again.', 'job_busy', 1);
}
