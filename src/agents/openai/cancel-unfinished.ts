import { Conflict } from '../../errors.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { JobView } from '../../jobs/job-view.ts';
import { isTerminal } from '../../jobs/state.ts';
import type { OpenAiParts } from './parts.ts';

/** The job as it is then: it may have ended by itself meanwhile, and at a stop it goes on after the next start. */
export async function cancelUnfinished(
  { desk, parts }: Pick<OpenAiParts, 'desk' | 'parts'>,
  { caller, origin }: { caller: Caller; origin: string },
  jobId: string,
): Promise<JobView> {
  const job = desk.find(caller, { jobId, origin });
  if (isTerminal(job.status)) return job;
  try {
    return await desk.cancel(caller, { jobId, origin });
  } catch (error) {
    if (!(error instanceof Conflict)) parts.log.warn('a job nobody waits for goes on', { jobId, error });
    return desk.find(caller, { jobId, origin });
  }
}
