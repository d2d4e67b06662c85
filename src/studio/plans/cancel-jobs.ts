import { Conflict } from '../../errors.ts';
import { approver, type StepParts } from './run-step.ts';
import type { Plan } from './tables.ts';

/**
 * Cancels the jobs that a canceled plan has, as often as it takes: one that is just changing its state, or whose end
 * the disk doesn't take, is asked again. Whoever runs the steps sees the jobs end.
 */
export async function cancelJobs(parts: StepParts, plan: Plan): Promise<void> {
  const steps = parts.store.steps(plan.id).filter(({ state }) => state === 'submitted');
  const jobIds = steps.flatMap(({ jobId }) => (jobId === null ? [] : [jobId]));
  await Promise.all(jobIds.map((jobId) => cancelOne(parts, plan, jobId)));
}

async function cancelOne(parts: StepParts, plan: Plan, jobId: string): Promise<void> {
  const { desk, log, signal, retrySeconds } = parts;
  while (!signal.aborted) {
    try {
      await desk.cancel(approver(plan), { jobId, origin: '' });
      return;
    } catch (error) {
      if (error instanceof Conflict && error.code === 'job_finished') return;
      log.warn('a job of a canceled plan goes on', { planId: plan.id, jobId, error });
    }
    for (let passed = 0; passed < retrySeconds * 10 && !signal.aborted; passed++) await Bun.sleep(100);
  }
}
