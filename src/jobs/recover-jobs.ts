import type { JobParts } from './parts.ts';
import { isPoison } from './poison.ts';
import { afterSettling, settleInTransaction } from './settle-job.ts';
import { queuedJob } from './new-job.ts';
import type { Job } from './tables.ts';

/**
 * After a start: jobs that waited wait again in their old place, and so do those that ran when the appliance
 * died, with an interruption more. Those that can't be run fail and are refunded: the poisonous (see `poison.ts`),
 * and those whose model is gone.
 */
export async function recoverJobs(parts: JobParts): Promise<void> {
  const { store, writer, scheduler, cleanUp, log } = parts;
  const { queued, failed } = await writer.write(() => {
    const result: { queued: Job[]; failed: Job[] } = { queued: [], failed: [] };
    for (const found of store.open()) {
      const job = found.status === 'running' ? store.interrupt(found.id) : found;
      if (!job) continue;
      const refusal = whyNotAgain(parts, job);
      if (!refusal) {
        result.queued.push(job);
        continue;
      }
      const settled = settleInTransaction(parts, job.id, 'queued', { status: 'failed', ...refusal });
      if (settled) result.failed.push({ ...job, errorCode: refusal.code });
    }
    return result;
  });
  for (const job of failed) {
    log.warn('job failed', { jobId: job.id, code: job.errorCode, interruptions: job.interruptions });
    afterSettling(parts, job);
    await cleanUp.removeJob(job.id);
  }
  for (const job of queued) scheduler.submit(queuedJob(parts, job));
  if (queued.length + failed.length > 0) {
    log.info('jobs recovered', { queued: queued.length, failed: failed.length });
  }
}

/** Null where the job can be run. */
function whyNotAgain({ rules, runners }: JobParts, job: Job): { code: string; message: string } | null {
  if (isPoison(job, rules)) {
    const message = `The appliance died ${job.interruptions} times while it ran, so it is not run again.`;
    return { code: 'exited', message };
  }
  if (!runners.all.some(({ manifest }) => manifest.name === job.model)) {
    return { code: 'model_not_installed', message: `Its model ${job.model} is no longer installed.` };
  }
  return null;
}
