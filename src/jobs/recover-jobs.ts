import type { JobParts } from './parts.ts';
import { afterSettling, settleInTransaction } from './settle-job.ts';
import { queuedJob } from './submit-job.ts';
import type { Job } from './tables.ts';

/**
 * After a start: jobs that waited wait again in their old place; jobs that ran when the appliance died are
 * queued again, and those that have used up their attempts fail and are refunded, so that a job which takes
 * the appliance down can't do so for ever.
 */
export async function recoverJobs(parts: JobParts): Promise<void> {
  const { store, writer, rules, scheduler, runners } = parts;
  const isKnown = (job: Job) => runners.all.some(({ manifest }) => manifest.name === job.model);
  const { queued, failed } = await writer.write(() => {
    const result: { queued: Job[]; failed: Job[] } = { queued: [], failed: [] };
    for (const job of store.open()) {
      const isPoison = job.status === 'running' && job.attempts >= rules.attemptsMax;
      if (isPoison || !isKnown(job)) {
        const ending = isPoison
          ? { code: 'exited', message: 'Its runner or the appliance died with it in every attempt.' }
          : { code: 'model_not_installed', message: `Its model ${job.model} is no longer installed.` };
        const settled = settleInTransaction(parts, job.id, job.status, { status: 'failed', ...ending });
        if (settled) result.failed.push(settled);
      } else {
        const back = job.status === 'running' ? store.requeue(job.id, job.attempts) : job;
        if (back) result.queued.push(back);
      }
    }
    return result;
  });
  for (const job of failed) {
    afterSettling(parts, job);
    await parts.cleanUp.removeJob(job.id);
  }
  for (const job of queued) scheduler.submit(queuedJob(parts, job));
  if (queued.length + failed.length > 0) {
    parts.log.info('jobs recovered', { queued: queued.length, failed: failed.length });
  }
}
