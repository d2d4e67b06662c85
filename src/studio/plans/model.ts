import { t } from 'elysia';
import type { JobDesk } from '../../jobs/desk.ts';
import { OutputView } from '../../jobs/model.ts';
import type { JobView } from '../../jobs/job-view.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { PlanSummary } from './list-plans.ts';
import { stepsMax } from './plan.ts';
import type { Plan, PlanStep } from './tables.ts';

const strict = { additionalProperties: false };
const nullable = <T extends Parameters<typeof t.Nullable>[0]>(schema: T) => t.Union([schema, t.Null()]);
const moment = { format: 'date-time', examples: ['2026-05-01T12:00:00.000Z'] };
const time = nullable(t.String(moment));

export const DraftStepBody = t.Object(
  {
    id: t.String({ maxLength: 40, examples: ['fox'] }),
    title: t.Optional(t.String({ minLength: 1, maxLength: 120, examples: ['The fox'] })),
    task: t.String({ maxLength: 100, examples: ['image.generate'] }),
    input: t.Record(t.String(), t.Unknown(), {
      description:
        'The task\'s input. A file may be another step\'s output, `{"fromStep": "<id>"}`, or one of the project, `{"assetId": "<id>"}`; a large one is not written out.',
      examples: [{ prompt: 'cinematic fox astronaut' }],
    }),
  },
  strict,
);

export const PlanBody = t.Object(
  {
    projectId: t.Optional(t.String({ description: 'Where the outputs are kept.' })),
    steps: t.Array(DraftStepBody, { minItems: 1, maxItems: stepsMax }),
  },
  strict,
);

export const ApprovalBody = t.Object(
  {
    planId: t.String({ examples: ['plan_5f2b8c'] }),
    planHash: t.String({ description: 'As the plan tells it: the approval is of this plan and no other.' }),
    amountMicros: t.Integer({ minimum: 0, description: 'As the plan tells it.', examples: [31_458] }),
  },
  strict,
);

export const PlanQuery = t.Object({ planId: t.String({ examples: ['plan_5f2b8c'] }) }, strict);

const planState = t.Union(
  [
    t.Literal('proposed'),
    t.Literal('running'),
    t.Literal('succeeded'),
    t.Literal('failed'),
    t.Literal('canceled'),
  ],
  { description: '`canceled` before all steps had succeeded.', examples: ['running'] },
);
export const PlansQuery = t.Object(
  {
    planId: t.Optional(t.String({ examples: ['plan_5f2b8c'] })),
    projectId: t.Optional(t.String({ description: 'Those of this project.', examples: ['prj_3f9c0a'] })),
    threadId: t.Optional(
      t.String({ description: 'Those asked for in this conversation.', examples: ['thr_3f9c0a'] }),
    ),
    status: t.Optional(planState),
    limit: t.Optional(t.Integer({ minimum: 1, maximum: 100, default: 20 })),
    cursor: t.Optional(
      t.String({ description: '`nextCursor` of the page before.', examples: ['1777723200000.plan_5f2b8c'] }),
    ),
  },
  strict,
);

const stepState = t.Union([
  t.Literal('waiting'),
  t.Literal('submitted'),
  t.Literal('succeeded'),
  t.Literal('failed'),
  t.Literal('canceled'),
]);

export const PlanView = t.Object({
  planId: t.String(),
  planHash: t.String(),
  state: planState,
  projectId: nullable(t.String()),
  amountUsd: t.Number({
    description: 'What is set aside when the plan is approved, and the most that it costs.',
  }),
  amountMicros: t.Integer(),
  listUsd: t.Number(),
  createdAt: time,
  expiresAt: time,
  executedAt: time,
  cancelRequestedAt: time,
  finishedAt: time,
  steps: t.Array(
    t.Object({
      id: t.String(),
      title: t.String(),
      task: t.String(),
      dependsOn: t.Array(t.String()),
      state: stepState,
      input: t.Record(t.String(), t.Unknown()),
      engine: t.String(),
      draft: t.Boolean(),
      amountUsd: t.Number(),
      amountMicros: t.Integer(),
      basis: t.Array(t.String()),
      estimatedSeconds: t.Number(),
      inputAdjustments: t.Array(
        t.Object({ field: t.String(), from: t.Unknown(), to: t.Unknown(), reason: t.String() }),
      ),
      jobId: nullable(t.String()),
      jobStatus: nullable(t.String()),
      progress: t.Number({ minimum: 0, maximum: 1 }),
      outputs: t.Array(OutputView),
      assetIds: t.Array(t.String()),
      error: t.Optional(t.Object({ code: t.String(), message: t.String() })),
    }),
  ),
});

export const PlanSummaryView = t.Object({
  planId: t.String({ examples: ['plan_5f2b8c'] }),
  planHash: t.String({ examples: ['9f86d081884c7d65'] }),
  requestId: t.String({
    description: 'Of the message that it answers, if one does.',
    examples: ['req_77aa'],
  }),
  state: planState,
  projectId: nullable(t.String({ examples: ['prj_3f9c0a'] })),
  amountUsd: t.Number({ examples: [0.031458] }),
  amountMicros: t.Integer({ examples: [31_458] }),
  createdAt: t.String(moment),
  expiresAt: t.String(moment),
  executedAt: time,
  cancelRequestedAt: time,
  finishedAt: time,
  steps: t.Array(
    t.Object({
      id: t.String({ examples: ['fox'] }),
      title: t.String({ examples: ['The fox'] }),
      task: t.String({ examples: ['image.generate'] }),
      state: stepState,
      amountMicros: t.Integer({ examples: [31_458] }),
      jobId: nullable(t.String({ examples: ['job_3f9c0a'] })),
    }),
  ),
});

export const PlanListView = t.Object({
  plans: t.Array(PlanSummaryView),
  nextCursor: nullable(t.String({ description: 'Gets the next page; null on the last.' })),
});

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

interface ViewContext {
  desk: JobDesk;
  caller: Caller;
  origin: string;
}

/** A plan as clients see it, with how its jobs get on. */
export function viewPlan(plan: Plan, steps: readonly PlanStep[], context: ViewContext) {
  const { id: planId, hash: planHash, state, projectId, amountMicros } = plan;
  return {
    ...{ planId, planHash, state, projectId, amountMicros },
    ...{ amountUsd: amountMicros / 1e6, listUsd: plan.listMicros / 1e6 },
    ...{ createdAt: iso(plan.createdAt), expiresAt: iso(plan.expiresAt) },
    ...{ executedAt: iso(plan.executedAt), cancelRequestedAt: iso(plan.cancelRequestedAt) },
    finishedAt: iso(plan.finishedAt),
    steps: steps.map((step) => viewStep(step, context)),
  };
}

function viewStep(step: PlanStep, { desk, caller, origin }: ViewContext) {
  const { id, title, task, dependsOn, state, input, amountMicros, quote, jobId } = step;
  const job: JobView | null = jobId === null ? null : desk.find(caller, { jobId, origin });
  const { engine, draft, basis, inputAdjustments, durationSeconds } = quote;
  return {
    ...{ id, title, task, dependsOn, state, input, amountMicros, amountUsd: amountMicros / 1e6 },
    ...{ engine, draft, basis, inputAdjustments, estimatedSeconds: durationSeconds },
    ...{ jobId, jobStatus: job?.status ?? null, progress: job?.progress.fraction ?? 0 },
    outputs: job?.outputs ?? [],
    assetIds: step.assetIds ?? [],
    ...(step.errorCode === null ? {} : { error: { code: step.errorCode, message: step.errorMessage ?? '' } }),
  };
}

/** A plan as lists show it. */
export function viewSummary({ plan, steps }: PlanSummary) {
  const { id: planId, hash: planHash, requestId, state, projectId, amountMicros } = plan;
  return {
    ...{ planId, planHash, requestId, state, projectId, amountUsd: amountMicros / 1e6, amountMicros },
    ...{
      createdAt: new Date(plan.createdAt).toISOString(),
      expiresAt: new Date(plan.expiresAt).toISOString(),
    },
    ...{ executedAt: iso(plan.executedAt), finishedAt: iso(plan.finishedAt) },
    cancelRequestedAt: iso(plan.cancelRequestedAt),
    steps: steps.map(({ planId: _plan, ...step }) => step),
  };
}
