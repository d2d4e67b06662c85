import type { PlanDoor } from '../agents/mcp/plan-tools.ts';
import type { JobDesk } from '../jobs/desk.ts';
import type { Plans, WholePlan } from '../studio/plans/create-plans.ts';
import { ApprovalBody, PlanBody, viewPlan } from '../studio/plans/model.ts';

/** Studio's plans, for agents that come by other doors than Studio's. */
export function planDoor(plans: Plans, desk: JobDesk): PlanDoor<typeof PlanBody, typeof ApprovalBody> {
  const view = ({ plan, steps }: WholePlan, asked: Parameters<typeof plans.find>[0], origin: string) =>
    viewPlan(plan, steps, { desk, caller: asked, origin });
  return {
    schemas: { plan: PlanBody, approval: ApprovalBody },
    async propose({ caller, origin }, { steps, projectId = null }) {
      const titled = steps.map((step) => ({ title: step.id, ...step }));
      return view(await plans.propose(caller, { steps: titled, projectId }), caller, origin);
    },
    execute: async ({ caller, origin }, approval) =>
      view(await plans.execute(caller, approval), caller, origin),
    cancel: async ({ caller, origin }, planId) => view(await plans.cancel(caller, planId), caller, origin),
    find: ({ caller, origin }, planId) => view(plans.find(caller, planId), caller, origin),
  };
}
