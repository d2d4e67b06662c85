import type { DeskRequest } from '../../jobs/desk.ts';
import type { JobView } from '../../jobs/job-view.ts';
import { isTerminal } from '../../jobs/state.ts';
import { cancelUnfinished } from './cancel-unfinished.ts';
import { ClientGone, FilesGone, JobFailed, TookTooLong } from './refusals.ts';
import { type SyncCall, submitTogether, type TogetherParts } from './submit-together.ts';
import type { OpenAiParts } from './parts.ts';

type RunParts = TogetherParts & Pick<OpenAiParts, 'syncSecondsMax'>;

/** What became of jobs that were waited for; `done` has at least one. */
export interface EndedJobs {
  done: JobView[];
  failed: JobView[];
}

/**
 * Submits jobs together and waits for all of them. What is done is delivered and paid for, what fails is refunded. Where
 * the client hangs up or time is over, the rest is canceled; under an idempotency key it goes on, as the same request may
 * come again and then waits for the same jobs.
 * @param requests the same but for their seeds, so that each costs the same
 * @throws what `submitTogether` throws; JobFailed, TookTooLong, ClientGone where none is done; FilesGone
 */
export async function runJobs(
  parts: RunParts,
  call: SyncCall,
  requests: readonly DeskRequest[],
): Promise<EndedJobs> {
  const { desk, syncSecondsMax: seconds } = parts;
  const { caller, origin, signal } = call;
  const { jobIds, isRepeatable } = await submitTogether(parts, call, requests);
  const waited = await Promise.all(
    jobIds.map((jobId) => desk.wait(caller, { jobId, origin, seconds, signal })),
  );
  if (isRepeatable && !waited.every(({ status }) => isTerminal(status))) {
    throw signal.aborted ? new ClientGone() : new TookTooLong(seconds, { goesOn: true });
  }
  const ended = await Promise.all(waited.map(({ jobId }) => cancelUnfinished(parts, call, jobId)));
  const done = ended.filter(({ status }) => status === 'succeeded');
  const failed = ended.filter(({ status }) => status !== 'succeeded');
  if (done.some(({ downloadableOutputUrls }) => downloadableOutputUrls.length === 0)) throw new FilesGone();
  if (done.length > 0) return { done, failed };
  if (signal.aborted) throw new ClientGone();
  const found = waited.find(({ status }) => isTerminal(status));
  throw found ? new JobFailed(found) : new TookTooLong(seconds, { goesOn: false });
}

/** Tells of any answer which jobs are behind it, what they cost, and whether it is a draft. */
export function jobHeaders({ done }: EndedJobs): Record<string, string> {
  const micros = done.reduce((sum, { billing }) => sum + billing.amountMicros, 0);
  return {
    'x-killatamata-jobs': done.map(({ jobId }) => jobId).join(', '),
    'x-killatamata-draft': String(done.some(({ draft }) => draft)),
    'x-killatamata-amount-usd': String(micros / 1e6),
  };
}
