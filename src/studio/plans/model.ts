import { t } from 'elysia';
import type { JobDesk } from '../../jobs/desk.ts';
import { OutputView } from '../../jobs/model.ts';
import type { JobView } from '../../jobs/job-view.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { stepsMax } from './plan.ts';
import type { Plan, PlanStep } from './tables.ts';

const strict = { additionalProperties: false };
const nullable = <T extends Parameters<typeof t.Nullable>[0]>(schema: T) => t.Union([schema, t.Null()]);
const time = nullable(t.String({ format: 'date-time' }));

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

export const PlanView = t.Object({
  planId: t.String(),
  planHash: t.String(),
  state: t.Union(
    [
      t.Literal('proposed'),
      t.Literal('running'),
      t.Literal('succeeded'),
      t.Literal('failed'),
      t.Literal('canceled'),
    ],
    { description: '`canceled` before all steps had succeeded.' },
  ),
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
      state: t.Union([
        t.Literal('waiting'),
        t.Literal('submitted'),
        t.Literal('succeeded'),
        t.Literal('failed'),
        t.Literal('canceled'),
      ]),
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
