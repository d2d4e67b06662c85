import { Elysia, t } from 'elysia';
import type { Caller } from '../identity/authenticate.ts';
import type { RequireKey } from '../identity/require-key.ts';
import type { Idempotency } from '../idempotency/idempotency.ts';
import { runOnce } from '../idempotency/run-once.ts';
import { cancelJob } from './cancel-job.ts';
import { findJob, listJobs } from './find-job.ts';
import { viewDetails, viewJob } from './job-view.ts';
import {
  AnyBody,
  ErrorBody,
  JobListView,
  JobsQuery,
  JobViewModel,
  OneJobQuery,
  QuoteView,
  SubmittedJobView,
  watchDetail,
} from './model.ts';
import type { JobParts } from './parts.ts';
import { readRequest } from './read-request.ts';
import type { JobRuns } from './run-job.ts';
import { isTerminal } from './state.ts';
import { quoteJob, submitJob } from './submit-job.ts';
import type { Job } from './tables.ts';

export interface JobRoutesOptions {
  parts: JobParts & { runs: JobRuns };
  requireKey: RequireKey;
  idempotency: Idempotency;
  /** Base of the URLs that a response to `request` hands out. */
  originOf: (request: Request) => string;
}

const submitRoute = '/api/v1/media/jobs';

/** `/api/v1/media/…`: submit, quote, poll, list, cancel, watch. */
export function jobRoutes(options: JobRoutesOptions) {
  const { parts, requireKey, originOf } = options;
  return new Elysia({ name: 'jobs.routes', prefix: '/api/v1/media', normalize: false, tags: ['Media jobs'] })
    .use(requireKey)
    .post(
      '/jobs',
      ({ caller, body, request, server }) => {
        server?.timeout(request, 0);
        return submitOnce(options, caller, body, request);
      },
      {
        requireKey: 'write',
        body: AnyBody,
        response: { 202: SubmittedJobView, 402: ErrorBody, 409: ErrorBody, 422: ErrorBody, 429: ErrorBody },
        detail: { summary: 'Submit a media job' },
      },
    )
    .post(
      '/quote',
      ({ caller, body, request, server }) => {
        server?.timeout(request, 0);
        return quote(options, caller, body, request);
      },
      {
        requireKey: 'write',
        body: AnyBody,
        response: { 200: QuoteView, 422: ErrorBody },
        detail: { summary: 'Price and resolve an input without queueing it' },
      },
    )
    .get('/jobs', ({ caller, query, request }) => pollOrList(options, caller, query, request), {
      requireKey: 'read',
      query: JobsQuery,
      response: { 200: t.Union([JobViewModel, JobListView]), 404: ErrorBody },
      detail: { summary: 'One job with `jobId`, else your jobs, newest first' },
    })
    .delete(
      '/jobs',
      async ({ caller: { accountId }, query, request }) =>
        viewNow(parts, await cancelJob(parts, { accountId, jobId: query.jobId }), originOf(request)),
      {
        requireKey: 'write',
        query: OneJobQuery,
        response: { 200: JobViewModel, 404: ErrorBody, 409: ErrorBody },
        detail: { summary: 'Cancel a job and refund it' },
      },
    )
    .get(
      '/jobs/events',
      ({ caller, query, request, server }) => {
        server?.timeout(request, 0);
        return watch(options, caller, query.jobId, request);
      },
      {
        requireKey: 'read',
        query: OneJobQuery,
        detail: watchDetail,
      },
    );
}

function pollOrList(
  { parts, originOf }: JobRoutesOptions,
  { accountId }: Caller,
  query: typeof JobsQuery.static,
  request: Request,
) {
  const { jobId, includeDetails, limit = 20, cursor, ...filter } = query;
  const origin = originOf(request);
  if (jobId === undefined) {
    const page = listJobs(parts.store, { accountId, filter, cursor, limit });
    return { jobs: page.jobs.map((job) => viewNow(parts, job, origin)), nextCursor: page.nextCursor };
  }
  const job = findJob(parts.store, { accountId, jobId });
  const isDetailed = /^(1|true|yes)$/i.test(includeDetails ?? '');
  return { ...viewNow(parts, job, origin), ...(isDetailed ? viewDetails(job) : {}) };
}

function watch(
  { parts, originOf }: JobRoutesOptions,
  { accountId }: Caller,
  jobId: string,
  request: Request,
): Response {
  const find = () => findJob(parts.store, { accountId, jobId });
  find();
  const snapshot = () => {
    const job = find();
    return { isTerminal: isTerminal(job.status), view: viewNow(parts, job, originOf(request)) };
  };
  const lastEventId = request.headers.get('last-event-id');
  return parts.eventStreams.open({ accountId, jobId, snapshot, lastEventId });
}

function viewNow(parts: JobParts, job: Job, origin: string) {
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

function quote({ parts, originOf }: JobRoutesOptions, caller: Caller, body: unknown, request: Request) {
  const { accountId } = caller;
  const origin = originOf(request);
  return quoteJob(parts, { accountId, key: caller, origin, ...readRequest(parts, body) });
}

/** Submits under the request's idempotency key, or answers what was answered to it before. */
async function submitOnce(
  { parts, idempotency, originOf }: JobRoutesOptions,
  caller: Caller,
  body: unknown,
  request: Request,
): Promise<Response> {
  const { accountId } = caller;
  const { idempotencyKey, ...rest } = readRequest(parts, body);
  const submit = { accountId, key: caller, ...rest, origin: originOf(request) };
  const once = {
    ...{ accountId, route: submitRoute, headers: request.headers, body: rest },
    ...(idempotencyKey === undefined ? {} : { bodyKey: idempotencyKey }),
  };
  return runOnce({ idempotency, writer: parts.writer }, once, async (claim) => ({
    status: 202,
    body: await submitJob(parts, submit, claim),
  }));
}
