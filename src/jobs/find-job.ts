import { Malformed, NotFound } from '../errors.ts';
import type { JobFilter, JobStore } from './store.ts';
import type { Job } from './tables.ts';

/** One of the account's jobs. @throws NotFound unknown, or another account's */
export function findJob(store: JobStore, request: { accountId: string; jobId: string }): Job {
  const job = store.find(request.jobId);
  if (!job || job.accountId !== request.accountId) throw new NotFound(`The job ${request.jobId}`);
  return job;
}

export interface JobPage {
  jobs: Job[];
  /** What the next page's request takes; null on the last page. */
  nextCursor: string | null;
}

/** The account's jobs, newest first. @throws Malformed a cursor that isn't one of ours */
export function listJobs(
  store: JobStore,
  request: {
    accountId: string;
    filter: Omit<JobFilter, 'beforeSequence'>;
    cursor: string | undefined;
    limit: number;
  },
): JobPage {
  const { accountId, filter, cursor, limit } = request;
  const before = cursor === undefined ? {} : { beforeSequence: readCursor(cursor) };
  const found = store.list(accountId, { ...filter, ...before }, limit + 1);
  const jobs = found.slice(0, limit);
  const last = jobs.at(-1);
  return { jobs, nextCursor: found.length > limit && last ? String(last.sequence) : null };
}

function readCursor(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Malformed('The cursor is not one that a list gave.', 'bad_cursor');
  return Number(text);
}
