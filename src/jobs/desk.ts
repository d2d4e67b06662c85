import type { Caller } from '../identity/authenticate.ts';
import type { Claim } from '../idempotency/idempotency.ts';
import { cancelJob } from './cancel-job.ts';
import { findJob, listJobs } from './find-job.ts';
import { type JobView, viewDetails, viewJob } from './job-view.ts';
import type { JobParts } from './parts.ts';
import type { ExpectedFiles } from './plan-job.ts';
import type { JobRuns } from './run-job.ts';
import { isTerminal, type JobStatus } from './state.ts';
import { quoteJob } from './quote-job.ts';
import { type SubmitRequest, submitJob, type SubmittedJob } from './submit-job.ts';
import type { Job } from './tables.ts';

/** What a caller asks for, already read and checked. */
export type DeskRequest = Omit<SubmitRequest, 'accountId' | 'key'>;

/** Beside the job, in its transaction. */
export interface Alongside {
  /** Of the request's idempotency key. */
  claim?: Claim | null;
  /** Called first, before the job is charged. What it throws undoes everything. */
  before?: (job: { id: string; amountMicros: number }) => void;
  /** Called when the job has its row, which others may then refer to. */
  after?: (job: { id: string }) => void;
}

/** A request about one job; `origin` is the base of the URLs in the answer. */
interface OneJob {
  jobId: string;
  origin: string;
}

/**
 * The jobs of a caller, as every door shows them: the HTTP API, MCP, the OpenAI-compatible API and Studio. Another
 * account's job is unknown at each of them.
 */
export interface JobDesk {
  /** @throws what `submitJob` throws */
  submit(caller: Caller, request: DeskRequest, alongside?: Alongside): Promise<SubmittedJob>;
  /** @param expected files that are not there yet @throws what `quoteJob` throws */
  quote(caller: Caller, request: DeskRequest, expected?: ExpectedFiles): ReturnType<typeof quoteJob>;
  /** @throws NotFound */
  find(caller: Caller, request: OneJob): JobView;
  /** With the effective input, its adjustments and what the runner said. @throws NotFound */
  details(caller: Caller, request: OneJob): JobView & ReturnType<typeof viewDetails>;
  /** Newest first. @throws Malformed a cursor that is not ours */
  list(
    caller: Caller,
    request: {
      filter: { status?: JobStatus; task?: string };
      limit: number;
      cursor: string | undefined;
      origin: string;
    },
  ): { jobs: JobView[]; nextCursor: string | null };
  /** @throws NotFound, Conflict */
  cancel(caller: Caller, request: OneJob): Promise<JobView>;
  /**
   * The job once it has ended, or as it is when `seconds` are over or `signal` tells that nobody waits any more.
   * @param request.onChange called with the job after each change, at once with how it is now
   * @throws NotFound
   */
  wait(
    caller: Caller,
    request: OneJob & { seconds: number; signal?: AbortSignal; onChange?: (job: JobView) => void },
  ): Promise<JobView>;
}

export function createJobDesk(parts: JobParts & { runs: JobRuns }): JobDesk {
  const view = (job: Job, origin: string) => viewNow(parts, job, origin);
  const found = ({ accountId }: Caller, jobId: string) => findJob(parts.store, { accountId, jobId });
  return {
    submit: (caller, request, alongside = {}) =>
      submitJob(parts, { ...request, accountId: caller.accountId, key: caller }, alongside),
    quote: (caller, request, expected) =>
      quoteJob(parts, { ...request, accountId: caller.accountId, key: caller }, expected),
    find: (caller, { jobId, origin }) => view(found(caller, jobId), origin),
    details(caller, { jobId, origin }) {
      const job = found(caller, jobId);
      return { ...view(job, origin), ...viewDetails(job) };
    },
    list({ accountId }, { origin, ...page }) {
      const { jobs, nextCursor } = listJobs(parts.store, { accountId, ...page });
      return { jobs: jobs.map((job) => view(job, origin)), nextCursor };
    },
    cancel: async ({ accountId }, { jobId, origin }) =>
      view(await cancelJob(parts, { accountId, jobId }), origin),
    wait: (caller, request) =>
      waitFor(parts, { ...request, look: () => view(found(caller, request.jobId), request.origin) }),
  };
}

function viewNow(parts: JobParts, job: Job, origin: string): JobView {
  const { urls, rules, live, scheduler, retentionClock } = parts;
  return viewJob(job, {
    urls,
    origin,
    deleteHours: rules.deleteHours,
    now: retentionClock(),
    progress: live.progressOf(job.id),
    forecast: scheduler.forecastOf(job.id),
  });
}

async function waitFor(
  { live, writer }: JobParts,
  request: {
    jobId: string;
    seconds: number;
    look: () => JobView;
    signal?: AbortSignal;
    onChange?: (job: JobView) => void;
  },
): Promise<JobView> {
  const { look, onChange, signal, seconds } = request;
  const over = Promise.withResolvers<void>();
  const lookAgain = () => {
    const job = look();
    onChange?.(job);
    if (isTerminal(job.status)) over.resolve();
  };
  lookAgain();
  const unwatch = live.watch(request.jobId, lookAgain);
  const timer = setTimeout(over.resolve, seconds * 1000);
  signal?.addEventListener('abort', () => over.resolve(), { once: true });
  try {
    if (!signal?.aborted) await over.promise;
    // What is told of a job must not be undone by a power cut.
    await writer.onDisk();
    return look();
  } finally {
    clearTimeout(timer);
    unwatch();
  }
}
