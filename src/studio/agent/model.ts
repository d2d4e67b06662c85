import { t } from 'elysia';
import { text } from '../../tasks/text-field.ts';
import { ApprovalBody, PlanSummaryView, PlanView, viewPlan, viewSummary } from '../plans/model.ts';
import type { Plan } from '../plans/tables.ts';
import type { ListedRequest } from './list-requests.ts';
import type { AgentRequest } from './tables.ts';
import type { PreparedRequest } from './prepare-request.ts';

const strict = { additionalProperties: false };
const nullable = <T extends Parameters<typeof t.Nullable>[0]>(schema: T) => t.Union([schema, t.Null()]);

const message = {
  message: {
    ...text({ charactersMax: 8000, description: 'What is to be made, in words.' }),
    examples: ['Make a picture of a fox astronaut, then animate it for 6 seconds.'],
  },
  threadId: t.Optional(t.String({ description: 'Absent: the open conversation, or a new one.' })),
  projectId: t.Optional(t.String({ description: 'Absent: the active project, or a first one.' })),
  assetIds: t.Optional(
    t.Array(t.String(), { maxItems: 20, description: 'The files that the message is about.' }),
  ),
};

export const PrepareBody = t.Object(message, strict);
export const MessageBody = t.Object(
  {
    ...message,
    message: t.Optional(message.message),
    approval: t.Optional(
      t.Object(ApprovalBody.properties, {
        ...strict,
        description: 'Of a plan that was prepared before: it runs, and the message is left out.',
      }),
    ),
  },
  strict,
);
const requestId = t.String({ examples: ['req_3f9c0a1b2d4e5f6071820a1b'] });
export const RequestQuery = t.Object({ requestId }, strict);
export const RequestsQuery = t.Object(
  {
    requestId: t.Optional(requestId),
    threadId: t.Optional(
      t.String({ description: 'The messages of this conversation.', examples: ['thr_3f9c0a1b2d4e5f607182'] }),
    ),
    limit: t.Optional(t.Integer({ minimum: 1, maximum: 100, default: 20 })),
    cursor: t.Optional(
      t.String({
        description: '`nextCursor` of the page before.',
        examples: ['1777723200000.req_3f9c0a1b2d4e5f6071820a1b'],
      }),
    ),
  },
  strict,
);

const planDeleted = t.Boolean({
  description: 'Its plan was an offer that nobody took, and is deleted.',
  examples: [false],
});
const requestState = t.Union(
  [
    t.Literal('planning'),
    t.Literal('answered'),
    t.Literal('awaiting_approval'),
    t.Literal('expired'),
    t.Literal('running'),
    t.Literal('succeeded'),
    t.Literal('failed'),
    t.Literal('canceled'),
  ],
  {
    description: '`answered` was words alone; the later ones are of its plan.',
    examples: ['awaiting_approval'],
  },
);

export const RequestView = t.Object({
  requestId: t.String(),
  threadId: t.String(),
  projectId: t.String(),
  state: requestState,
  message: t.String(),
  assetIds: t.Array(t.String()),
  reply: nullable(t.String()),
  planner: nullable(t.String()),
  plan: nullable(PlanView),
  planDeleted,
  warnings: t.Array(t.String()),
  createdAt: t.String({ format: 'date-time' }),
  answeredAt: nullable(t.String({ format: 'date-time' })),
  error: t.Optional(t.Object({ code: t.String(), message: t.String() })),
});

const { plan: _whole, warnings: _warnings, ...listed } = RequestView.properties;
/** A list tells less of each plan: inputs may be long. */
export const RequestListView = t.Object({
  requests: t.Array(t.Object({ ...listed, plan: nullable(PlanSummaryView) })),
  nextCursor: nullable(t.String({ description: 'Gets the next page; null on the last.' })),
});

const iso = (at: number) => new Date(at).toISOString();

type PlanContext = Parameters<typeof viewPlan>[2] & { now: number };

/** What somebody asked the agent, as clients see it. */
export function viewRequest({ request, whole }: PreparedRequest, context: PlanContext) {
  const plan = whole ? viewPlan(whole.plan, whole.steps, context) : null;
  const state = stateOf(request, whole?.plan, context.now);
  const warnings = request.deletedPlan === null ? [] : [planIsGone];
  return { ...viewWords(request), state, plan, warnings: plan ? warningsOf(plan) : warnings };
}

const planIsGone = 'The plan was not approved, and is deleted by now: send the message again for another.';

/** A request as lists show it. */
export function viewListed({ request, summary }: ListedRequest, now: number) {
  const state = stateOf(request, summary?.plan, now);
  return { ...viewWords(request), state, plan: summary ? viewSummary(summary) : null };
}

/** What is told of a request itself. */
function viewWords(request: AgentRequest) {
  const { id, threadId, projectId, message: text, assetIds, reply, planner, createdAt, answeredAt } = request;
  return {
    ...{ requestId: id, threadId, projectId, message: text, assetIds, reply, planner },
    planDeleted: request.deletedPlan !== null,
    ...{ createdAt: iso(createdAt), answeredAt: answeredAt === null ? null : iso(answeredAt) },
    ...errorOf(request),
  };
}

function stateOf(request: AgentRequest, plan: Plan | undefined, now: number) {
  if (request.deletedPlan !== null) return request.deletedPlan;
  if (request.state !== 'answered' || !plan) return request.state;
  const { state, expiresAt } = plan;
  if (state !== 'proposed') return state;
  return now < expiresAt ? ('awaiting_approval' as const) : ('expired' as const);
}

function errorOf({ errorCode, errorMessage }: AgentRequest) {
  return errorCode === null ? {} : { error: { code: errorCode, message: errorMessage ?? '' } };
}

/** What somebody should know before approving. */
function warningsOf({ steps }: ReturnType<typeof viewPlan>): string[] {
  const drafts = steps.filter(({ draft }) => draft).length;
  const changed = steps.flatMap(({ title, inputAdjustments }) =>
    inputAdjustments.map(
      ({ field, to, reason }) => `${title}: ${field} becomes ${JSON.stringify(to)} (${reason}).`,
    ),
  );
  const made = drafts === steps.length ? 'Everything is' : `${drafts} of ${steps.length} steps are`;
  return [...(drafts > 0 ? [`${made} made as a draft, without a model.`] : []), ...changed];
}
