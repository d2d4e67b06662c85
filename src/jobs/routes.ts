import { Elysia, t } from 'elysia';
import type { Caller } from '../identity/authenticate.ts';
import type { RequireKey } from '../identity/require-key.ts';
import { type Idempotency, readIdempotencyKey } from '../idempotency/idempotency.ts';
import { cancelJob } from './cancel-job.ts';
import { jobEvents } from './event-stream.ts';
import { findJob, listJobs } from './find-job.ts';
import { viewDetails, viewJob } from './job-view.ts';
import {
  ErrorBody,
  JobListView,
  JobsQuery,
  JobViewModel,
  OneJobQuery,
  QuoteBody,
  QuoteView,
  SubmitBody,
  SubmittedJobView,
} from './model.ts';
import type { JobParts } from './parts.ts';
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
type Body = typeof SubmitBody.static;

/** `/api/v1/media/…`: submit, quote, poll, list, cancel, watch. */
export function jobRoutes(options: JobRoutesOptions) {
  const { parts, requireKey, originOf } = options;
  const view = (job: Job, request: Request) => viewNow(parts, job, originOf(request));
  return new Elysia({ name: 'jobs.routes', prefix: '/api/v1/media', normalize: false, tags: ['Media jobs'] })
    .use(requireKey)
    .post('/jobs', ({ caller, body, request }) => submitOnce(options, caller, body, request.headers), {
      requireKey: 'write',
      body: SubmitBody,
      response: { 202: SubmittedJobView, 402: ErrorBody, 409: ErrorBody, 422: ErrorBody, 429: ErrorBody },
      detail: { summary: 'Submit a media job' },
    })
    .post('/quote', ({ caller, body }) => quoteJob(parts, requestOf(caller, body)), {
      requireKey: 'write',
      body: QuoteBody,
      response: { 200: QuoteView, 422: ErrorBody },
      detail: { summary: 'Price and resolve an input without queueing it' },
    })
    .get('/jobs', ({ caller, query, request }) => pollOrList(options, caller, query, request), {
      requireKey: 'read',
      query: JobsQuery,
      response: { 200: t.Union([JobViewModel, JobListView]), 404: ErrorBody },
      detail: { summary: 'One job with `jobId`, else your jobs, newest first' },
    })
    .delete(
      '/jobs',
      async ({ caller: { accountId }, query, request }) =>
        view(await cancelJob(parts, { accountId, jobId: query.jobId }), request),
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
        detail: { summary: 'Watch a job as server-sent events; resumes with `Last-Event-ID`' },
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
  const isDetailed = includeDetails === '1' || includeDetails === 'true';
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
  return jobEvents({ jobId, live: parts.live, snapshot, lastEventId });
}

function viewNow(parts: JobParts, job: Job, origin: string) {
  const { urls, rules, live, scheduler } = parts;
  return viewJob(job, {
    urls,
    origin,
    deleteHours: rules.deleteHours,
    progress: live.progressOf(job.id),
    forecast: scheduler.forecastOf(job.id),
  });
}

function requestOf({ accountId }: Caller, body: Pick<Body, 'task' | 'input' | 'priority' | 'webhookUrl'>) {
  const { task, input, priority = 'standard', webhookUrl = null } = body;
  return { accountId, task, input, priority, webhookUrl };
}

/** Submits under the request's idempotency key, or answers what was answered to it before. */
async function submitOnce(
  { parts, idempotency }: JobRoutesOptions,
  caller: Caller,
  body: Body,
  headers: Headers,
): Promise<Response> {
  const key = readIdempotencyKey(headers, body.idempotencyKey);
  const request = requestOf(caller, body);
  if (key === null) return Response.json(await submitJob(parts, request, null), { status: 202 });
  const bodySha256 = new Bun.CryptoHasher('sha256').update(JSON.stringify(request)).digest('hex');
  const admission = idempotency.admit({ accountId: caller.accountId, route: submitRoute, key }, bodySha256);
  if (admission.kind === 'replay') {
    return Response.json(admission.body, {
      status: admission.status,
      headers: { 'idempotency-replayed': 'true' },
    });
  }
  try {
    return Response.json(await submitJob(parts, request, admission.claim), { status: 202 });
  } finally {
    admission.claim.release();
  }
}
