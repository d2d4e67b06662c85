import { hourMs } from '../clock.ts';
import { houseAccounts } from '../ledger/ledger.ts';
import type { PublishedOutput } from '../storage/publish-output.ts';
import { viewJob } from './job-view.ts';
import type { JobParts } from './parts.ts';
import type { JobStatus, TerminalStatus } from './state.ts';
import type { EndedJob, JobEnd } from './store.ts';
import type { Upstream } from './tables.ts';

/** How a job ends. */
export type Ending =
  | { status: 'succeeded'; outputs: PublishedOutput[]; upstream: Upstream }
  | { status: 'failed'; code: string; message: string }
  | { status: 'canceled' };

type SettleParts = Pick<
  JobParts,
  'clock' | 'writer' | 'store' | 'ledger' | 'live' | 'urls' | 'webhooks' | 'rules'
>;

/**
 * Ends a job: its state, its refund and its webhook are one transaction, which waits for the disk where that is
 * full. What follows is safe to repeat.
 * @param from the state it must be in; undefined is answered, and nothing done, where it is in another
 */
export async function settleJob(
  parts: SettleParts,
  jobId: string,
  from: JobStatus,
  ending: Ending,
): Promise<EndedJob | undefined> {
  const job = await parts.writer.persist(() => settleInTransaction(parts, jobId, from, ending));
  if (job) afterSettling(parts, job);
  return job;
}

/** The part inside the transaction, for callers that end several jobs in one. `afterSettling` follows. */
export function settleInTransaction(
  parts: SettleParts,
  jobId: string,
  from: JobStatus,
  ending: Ending,
): EndedJob | undefined {
  const job = parts.store.end(jobId, from, endOf(ending, parts));
  if (!job) return undefined;
  if (ending.status !== 'succeeded') refund(parts, job);
  if (job.webhookUrl !== null) {
    const body = webhookBody(parts, job.id, ending.status);
    parts.webhooks.enqueue({ accountId: job.accountId, url: job.webhookUrl, body });
  }
  return job;
}

export function afterSettling({ live, webhooks }: SettleParts, job: EndedJob): void {
  live.closed(job.id);
  if (job.webhookUrl !== null) webhooks.wake();
}

function endOf(ending: Ending, { clock, rules }: SettleParts): JobEnd {
  const finishedAt = clock();
  const blank = { expiresAt: null, outputs: null, upstream: null, errorCode: null, errorMessage: null };
  switch (ending.status) {
    case 'succeeded': {
      const expiresAt = finishedAt + rules.promiseHours * hourMs;
      return { ...blank, ...ending, finishedAt, expiresAt };
    }
    case 'failed': {
      const { status, code: errorCode, message: errorMessage } = ending;
      return { ...blank, status, finishedAt, errorCode, errorMessage };
    }
    case 'canceled':
      return { ...blank, ...ending, finishedAt };
  }
}

function refund({ ledger }: SettleParts, job: EndedJob): void {
  const outcome = ledger.transfer({
    debitAccountId: houseAccounts.revenue,
    creditAccountId: job.accountId,
    amountMicros: job.amountMicros,
    code: 'refund',
    reference: `refund:${job.id}`,
  });
  if (outcome.kind !== 'created') throw new Error(`The refund of ${job.id} came out as ${outcome.kind}.`);
}

function webhookBody(parts: SettleParts, jobId: string, status: TerminalStatus): string {
  const { urls, rules, store } = parts;
  const job = store.find(jobId);
  if (!job) throw new Error(`Job ${jobId} ended and is gone.`);
  const view = {
    urls,
    origin: job.origin,
    deleteHours: rules.deleteHours,
    now: parts.clock(),
    progress: undefined,
    forecast: null,
  };
  return JSON.stringify({
    type: `media.job.${status}`,
    timestamp: new Date(parts.clock()).toISOString(),
    data: viewJob(job, view),
  });
}
