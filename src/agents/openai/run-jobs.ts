import { Conflict, InsufficientBalance } from '../../errors.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { DeskRequest } from '../../jobs/desk.ts';
import type { JobView } from '../../jobs/job-view.ts';
import { assertWithinCap } from '../../jobs/key-spending/spend-cap.ts';
import { isTerminal } from '../../jobs/state.ts';
import type { OpenAiParts } from './parts.ts';
import { ClientGone, JobFailed, TookTooLong } from './refusals.ts';

type RunParts = Pick<OpenAiParts, 'desk' | 'parts' | 'syncSecondsMax'>;

/** Who waits for jobs, and whether they still do. */
export interface SyncCall {
  caller: Caller;
  origin: string;
  signal: AbortSignal;
}

/** What became of jobs that were waited for; `done` has at least one. */
export interface EndedJobs {
  done: JobView[];
  failed: JobView[];
}

/**
 * Submits jobs together and waits for all of them. They are paid for together or not taken. What is done is
 * delivered and paid for, what fails is refunded; where the client hangs up or time is over, the rest is canceled.
 * @param requests the same but for their seeds, so that each costs the same
 * @throws what `JobDesk.submit` throws; JobFailed, TookTooLong, ClientGone where none is done
 */
export async function runJobs(
  parts: RunParts,
  call: SyncCall,
  requests: readonly DeskRequest[],
): Promise<EndedJobs> {
  const { desk, syncSecondsMax: seconds } = parts;
  const { caller, origin, signal } = call;
  const jobIds = await submitTogether(parts, call, requests);
  const waited = await Promise.all(
    jobIds.map((jobId) => desk.wait(caller, { jobId, origin, seconds, signal })),
  );
  const ended = await Promise.all(waited.map(({ jobId }) => cancelUnfinished(parts, call, jobId)));
  const done = ended.filter(({ status }) => status === 'succeeded');
  const failed = ended.filter(({ status }) => status !== 'succeeded');
  if (done.length > 0) return { done, failed };
  if (signal.aborted) throw new ClientGone();
  const found = waited.find(({ status }) => isTerminal(status));
  throw found ? new JobFailed(found) : new TookTooLong(seconds);
}

/** @returns the jobs' ids */
async function submitTogether(
  parts: RunParts,
  call: SyncCall,
  requests: readonly DeskRequest[],
): Promise<string[]> {
  const jobIds: string[] = [];
  try {
    for (const request of requests) {
      if (call.signal.aborted) throw new ClientGone();
      const isFirst = jobIds.length === 0;
      const before = ({ amountMicros }: { amountMicros: number }) => {
        if (isFirst) assertAffordable(parts, call.caller, amountMicros * requests.length);
      };
      jobIds.push((await parts.desk.submit(call.caller, request, { before })).jobId);
    }
    return jobIds;
  } catch (error) {
    for (const jobId of jobIds) await cancelUnfinished(parts, call, jobId);
    throw error;
  }
}

/** All of them, before the first is charged. @throws InsufficientBalance, SpendCapReached */
function assertAffordable({ parts }: RunParts, caller: Caller, requiredMicros: number): void {
  const { keyId, accountId, limits } = caller;
  const balanceMicros = parts.ledger.balanceMicros(accountId);
  if (balanceMicros < requiredMicros) throw new InsufficientBalance({ requiredMicros, balanceMicros });
  const { spendCapMicrosPerDay: capMicrosPerDay } = limits;
  if (capMicrosPerDay === null) return;
  const now = parts.clock();
  assertWithinCap(parts.keySpending, { keyId, capMicrosPerDay }, { amountMicros: requiredMicros, now });
}

/** The job as it is then: it may have ended by itself meanwhile, and at a stop it goes on after the next start. */
async function cancelUnfinished({ desk, parts }: RunParts, call: SyncCall, jobId: string): Promise<JobView> {
  const { caller, origin } = call;
  const job = desk.find(caller, { jobId, origin });
  if (isTerminal(job.status)) return job;
  try {
    return await desk.cancel(caller, { jobId, origin });
  } catch (error) {
    if (!(error instanceof Conflict)) parts.log.warn('a job nobody waits for goes on', { jobId, error });
    return desk.find(caller, { jobId, origin });
  }
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
