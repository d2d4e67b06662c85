import { Elysia, t } from 'elysia';
import type { Caller } from '../identity/authenticate.ts';
import type { RequireKey } from '../identity/require-key.ts';
import type { Idempotency } from '../idempotency/idempotency.ts';
import { runOnce } from '../idempotency/run-once.ts';
import type { JobDesk } from './desk.ts';
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
import { isTerminal } from './state.ts';

export interface JobRoutesOptions {
  parts: JobParts;
  desk: JobDesk;
  requireKey: RequireKey;
  idempotency: Idempotency;
  /** Base of the URLs that a response to `request` hands out. */
  originOf: (request: Request) => string;
}

const submitRoute = '/api/v1/media/jobs';

/** `/api/v1/media/…`: submit, quote, poll, list, cancel, watch. */
export function jobRoutes(options: JobRoutesOptions) {
  const { desk, requireKey, originOf } = options;
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
      ({ caller, query, request }) => desk.cancel(caller, { jobId: query.jobId, origin: originOf(request) }),
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
  { desk, originOf }: JobRoutesOptions,
  caller: Caller,
  query: typeof JobsQuery.static,
  request: Request,
) {
  const { jobId, includeDetails, limit = 20, cursor, ...filter } = query;
  const origin = originOf(request);
  if (jobId === undefined) return desk.list(caller, { filter, limit, cursor, origin });
  const isDetailed = /^(1|true|yes)$/i.test(includeDetails ?? '');
  return isDetailed ? desk.details(caller, { jobId, origin }) : desk.find(caller, { jobId, origin });
}

function watch(
  { parts, desk, originOf }: JobRoutesOptions,
  caller: Caller,
  jobId: string,
  request: Request,
): Response {
  const snapshot = () => {
    const view = desk.find(caller, { jobId, origin: originOf(request) });
    return { isTerminal: isTerminal(view.status), view };
  };
  snapshot();
  const lastEventId = request.headers.get('last-event-id');
  return parts.eventStreams.open({
    ...{ accountId: caller.accountId, snapshot, lastEventId },
    watch: (onChange) => parts.live.watch(jobId, onChange),
  });
}

function quote({ parts, desk, originOf }: JobRoutesOptions, caller: Caller, body: unknown, request: Request) {
  const { idempotencyKey: _none, ...read } = readRequest(parts, body);
  return desk.quote(caller, { ...read, origin: originOf(request) });
}

/** Submits under the request's idempotency key, or answers what was answered to it before. */
async function submitOnce(
  { parts, desk, idempotency, originOf }: JobRoutesOptions,
  caller: Caller,
  body: unknown,
  request: Request,
): Promise<Response> {
  const { idempotencyKey, ...rest } = readRequest(parts, body);
  const once = {
    ...{ accountId: caller.accountId, route: submitRoute, headers: request.headers, body: rest },
    ...(idempotencyKey === undefined ? {} : { bodyKey: idempotencyKey }),
  };
  return runOnce({ idempotency, writer: parts.writer }, once, async (claim) => ({
    status: 202,
    body: await desk.submit(caller, { ...rest, origin: originOf(request) }, { claim }),
  }));
}
