import { Elysia, t } from 'elysia';
import { InvalidInput } from '../../errors.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { RequireKey } from '../../identity/require-key.ts';
import type { JobDesk } from '../../jobs/desk.ts';
import { watchDetail } from '../../jobs/model.ts';
import type { JobParts } from '../../jobs/parts.ts';
import type { Agent } from './create-agent.ts';
import {
  MessageBody,
  PrepareBody,
  RequestListView,
  RequestQuery,
  RequestsQuery,
  RequestView,
  viewListed,
  viewRequest,
} from './model.ts';
import type { Message, PreparedRequest } from './prepare-request.ts';

interface AgentRoutesOptions {
  requireKey: RequireKey;
  agent: Agent;
  desk: JobDesk;
  parts: Pick<JobParts, 'eventStreams' | 'live'>;
  originOf: (request: Request) => string;
}

/** `/api/v1/studio/agent/…`: messages, and what becomes of them. */
export function agentRoutes(options: AgentRoutesOptions) {
  const { requireKey, agent } = options;
  return new Elysia({
    name: 'studio.agent',
    prefix: '/api/v1/studio/agent',
    normalize: false,
    tags: ['Studio'],
  })
    .use(requireKey)
    .post(
      '/messages/prepare',
      async ({ caller, body, request, server }) => {
        server?.timeout(request, 0);
        return view(options, caller, request, await agent.prepare(caller, messageOf(body), request.signal));
      },
      {
        requireKey: 'write',
        body: PrepareBody,
        response: { 200: RequestView },
        detail: { summary: 'Have a message answered and its jobs quoted; nothing is spent' },
      },
    )
    .post(
      '/messages',
      async ({ caller, body, request, server, status }) => {
        server?.timeout(request, 0);
        return status(202, view(options, caller, request, await say(options, caller, body, request)));
      },
      {
        requireKey: 'write',
        body: MessageBody,
        response: { 202: RequestView },
        detail: { summary: 'Run a message: what costs nothing at once, the rest with an approval' },
      },
    )
    .get('/requests', ({ caller, query, request }) => findOrList(options, caller, query, request), {
      requireKey: 'read',
      query: RequestsQuery,
      response: { 200: t.Union([RequestView, RequestListView]) },
      detail: {
        summary: 'What became of a message: reply, plan and jobs; with `threadId` all of a conversation',
      },
    })
    .get(
      '/requests/events',
      ({ caller, query, request, server }) => {
        server?.timeout(request, 0);
        return watch(options, caller, query.requestId, request);
      },
      {
        requireKey: 'read',
        query: RequestQuery,
        detail: { ...watchDetail, summary: 'Watch a message as server-sent events' },
      },
    );
}

function messageOf(body: typeof PrepareBody.static): Message {
  const { message, threadId = null, projectId = null, assetIds = [] } = body;
  return { message, threadId, projectId, assetIds };
}

function say(
  { agent }: AgentRoutesOptions,
  caller: Caller,
  body: typeof MessageBody.static,
  { signal }: Request,
): Promise<PreparedRequest> {
  const { approval, message, ...rest } = body;
  if (approval !== undefined && message !== undefined) {
    throw new InvalidInput([{ path: '/message', message: 'is left out where a plan is approved.' }]);
  }
  if (approval !== undefined) return agent.approve(caller, approval);
  if (message === undefined) {
    throw new InvalidInput([
      { path: '/message', message: 'is required, or an `approval`.', allowed: ['message', 'approval'] },
    ]);
  }
  return agent.say(caller, messageOf({ ...rest, message }), signal);
}

/** @throws InvalidInput neither a message nor a conversation, or both */
function findOrList(
  options: AgentRoutesOptions,
  caller: Caller,
  { requestId, threadId, ...page }: typeof RequestsQuery.static,
  request: Request,
) {
  const { agent } = options;
  if (requestId !== undefined && threadId === undefined) {
    return view(options, caller, request, agent.find(caller, requestId));
  }
  if (threadId === undefined || requestId !== undefined) {
    const message = 'is required, or a `threadId`, and not both.';
    throw new InvalidInput([{ path: '/requestId', message, allowed: ['requestId', 'threadId'] }]);
  }
  const { rows, nextCursor } = agent.list(caller, { threadId, ...page });
  return { requests: rows.map((row) => viewListed(row, agent.clock())), nextCursor };
}

function view(
  { agent, desk, originOf }: AgentRoutesOptions,
  caller: Caller,
  request: Request,
  prepared: PreparedRequest,
) {
  return viewRequest(prepared, { desk, caller, origin: originOf(request), now: agent.clock() });
}

/** Sends the request whenever its plan or one of its jobs changes, those too that come later. */
function watch(options: AgentRoutesOptions, caller: Caller, requestId: string, request: Request): Response {
  const { agent, parts } = options;
  const look = () => view(options, caller, request, agent.find(caller, requestId));
  // An unknown request is an answer of its own, not a stream that breaks.
  look();
  const followed = follow(options);
  const snapshot = () => {
    const shown = look();
    followed.also(shown.plan);
    const isOpen = ['planning', 'awaiting_approval', 'running'].includes(shown.state);
    return { isTerminal: !isOpen, view: shown };
  };
  const lastEventId = request.headers.get('last-event-id');
  const { accountId } = caller;
  return parts.eventStreams.open({ accountId, watch: followed.watch, snapshot, lastEventId });
}

/** Watches whatever has been shown: a plan has no jobs before it runs, and they come one by one. */
function follow({ agent, parts }: AgentRoutesOptions) {
  const ends = new Map<string, () => void>();
  let changed = () => {};
  const once = (id: string, begin: () => () => void) => void (ends.has(id) || ends.set(id, begin()));
  return {
    watch: (onChange: () => void) => {
      changed = onChange;
      return () => ends.forEach((end) => end());
    },
    also(plan: ReturnType<typeof viewRequest>['plan']) {
      if (!plan) return;
      once(plan.planId, () => agent.plans.watch(plan.planId, changed));
      for (const { jobId } of plan.steps) {
        if (jobId !== null) once(jobId, () => parts.live.watch(jobId, changed));
      }
    },
  };
}
