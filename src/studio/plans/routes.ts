import { Elysia, t } from 'elysia';
import type { RequireKey } from '../../identity/require-key.ts';
import type { JobDesk } from '../../jobs/desk.ts';
import type { Plans } from './create-plans.ts';
import {
  ApprovalBody,
  PlanBody,
  PlanListView,
  PlanQuery,
  PlansQuery,
  PlanView,
  viewPlan,
  viewSummary,
} from './model.ts';

interface PlanRoutesOptions {
  requireKey: RequireKey;
  plans: Plans;
  desk: JobDesk;
  originOf: (request: Request) => string;
}

/** `/api/v1/studio/agent/plans` and the approval of what they propose. */
export function planRoutes(options: PlanRoutesOptions) {
  const { requireKey, plans, desk, originOf } = options;
  return new Elysia({
    name: 'studio.plans',
    prefix: '/api/v1/studio/agent',
    normalize: false,
    tags: ['Studio'],
  })
    .use(requireKey)
    .post(
      '/plans',
      async ({ caller, body, request, server, status }) => {
        server?.timeout(request, 0);
        const steps = body.steps.map((step) => ({ title: step.id, ...step }));
        const { plan, steps: priced } = await plans.propose(caller, {
          steps,
          projectId: body.projectId ?? null,
        });
        return status(201, viewPlan(plan, priced, { desk, caller, origin: originOf(request) }));
      },
      {
        requireKey: 'write',
        body: PlanBody,
        response: { 201: PlanView },
        detail: { summary: 'Check and price a plan of several jobs that build on each other' },
      },
    )
    .get(
      '/plans',
      ({ caller, query, request }) => {
        const { planId, status, ...rest } = query;
        if (planId === undefined) {
          const state = status === undefined ? {} : { state: status };
          const { rows, nextCursor } = plans.list(caller, { ...rest, ...state });
          return { plans: rows.map(viewSummary), nextCursor };
        }
        const { plan, steps } = plans.find(caller, planId);
        return viewPlan(plan, steps, { desk, caller, origin: originOf(request) });
      },
      {
        requireKey: 'read',
        query: PlansQuery,
        response: { 200: t.Union([PlanView, PlanListView]) },
        detail: { summary: 'A plan with `planId`, and how its jobs get on; else your plans, newest first' },
      },
    )
    .use(decisionRoutes(options));
}

function decisionRoutes({ requireKey, plans, desk, originOf }: PlanRoutesOptions) {
  return new Elysia({ name: 'studio.plans.decisions', normalize: false, tags: ['Studio'] })
    .use(requireKey)
    .delete(
      '/plans',
      async ({ caller, query, request, server }) => {
        server?.timeout(request, 0);
        const { plan, steps } = await plans.cancel(caller, query.planId);
        return viewPlan(plan, steps, { desk, caller, origin: originOf(request) });
      },
      {
        requireKey: 'write',
        query: PlanQuery,
        response: { 200: PlanView },
        detail: {
          summary:
            'Cancel a plan: its jobs are canceled, no step begins any more, and what is left goes back',
        },
      },
    )
    .post(
      '/approval-plans/execute',
      async ({ caller, body, request, server, status }) => {
        server?.timeout(request, 0);
        const { plan, steps } = await plans.execute(caller, body);
        return status(202, viewPlan(plan, steps, { desk, caller, origin: originOf(request) }));
      },
      {
        requireKey: 'write',
        body: ApprovalBody,
        response: { 202: PlanView },
        detail: {
          summary: 'Approve a plan: its whole amount is set aside, and it runs once',
          description:
            'What was approved is the most that is charged. A plan that costs more by now is refused (409 `price_changed`, with both amounts), and a step that costs less when it begins is charged less.',
        },
      },
    );
}
