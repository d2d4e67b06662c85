import type { CallToolResult } from '@modelcontextprotocol/server';
import { type Static, type TObject, Type } from '@sinclair/typebox';
import type { Caller } from '../../identity/authenticate.ts';
import { defineTool, type Tool } from './tool.ts';

const OnePlan = Type.Object({ planId: Type.String({ maxLength: 100 }) }, { additionalProperties: false });

interface PlanAsked {
  caller: Caller;
  /** Base of the URLs in the answer. */
  origin: string;
}

/** What matters of a plan to whoever has just asked for it. The answer holds the whole view. */
const ToldPlan = Type.Object({
  planId: Type.String(),
  planHash: Type.String(),
  state: Type.String(),
  amountUsd: Type.Number(),
  amountMicros: Type.Integer(),
  steps: Type.Array(
    Type.Object({
      id: Type.String(),
      state: Type.String(),
      jobId: Type.Union([Type.String(), Type.Null()]),
      outputs: Type.Array(Type.Object({ url: Type.String(), mimeType: Type.String() })),
    }),
  ),
});
type ToldPlan = Static<typeof ToldPlan>;

/** Plans of several jobs, and the schemas of whoever makes them. */
export interface PlanDoor<Plan extends TObject, Approval extends TObject> {
  schemas: { plan: Plan; approval: Approval };
  propose(asked: PlanAsked, plan: Static<Plan>): Promise<ToldPlan>;
  execute(asked: PlanAsked, approval: Static<Approval>): Promise<ToldPlan>;
  find(asked: PlanAsked, planId: string): ToldPlan;
  cancel(asked: PlanAsked, planId: string): Promise<ToldPlan>;
}

/** Tools for jobs that build on each other: priced as a whole before anything is spent. */
export function planTools<Plan extends TObject, Approval extends TObject>(
  door: PlanDoor<Plan, Approval>,
): Tool[] {
  const { schemas } = door;
  return [
    defineTool({
      name: 'plan_jobs',
      title: 'Plan several jobs',
      description:
        'Checks and prices a plan of jobs that may use each other\'s outputs (`{"fromStep": "<id>"}` in place of a file). Spends nothing: `execute_plan` does, once its price is agreed to.',
      input: schemas.plan,
      output: ToldPlan,
      annotations: { destructiveHint: false, openWorldHint: false },
      counts: 'write',
      run: async (plan, asked) => planResult(await door.propose(asked, plan)),
    }),
    defineTool({
      name: 'execute_plan',
      title: 'Pay for a plan and run it',
      description:
        'SPENDS MONEY: sets the whole amount of a plan aside and runs it, once. Ask whoever pays before you call it. What a failed step would have cost comes back.',
      input: schemas.approval,
      output: ToldPlan,
      annotations: { destructiveHint: true, idempotentHint: true },
      counts: 'write',
      run: async (approval, asked) => planResult(await door.execute(asked, approval)),
    }),
    defineTool({
      name: 'get_plan',
      title: 'Look at a plan',
      description: 'How a plan and its jobs stand, with links to what is made so far.',
      input: OnePlan,
      output: ToldPlan,
      annotations: { readOnlyHint: true, openWorldHint: false },
      counts: 'read',
      run: async ({ planId }, asked) => planResult(door.find(asked, planId)),
    }),
    defineTool({
      name: 'cancel_plan',
      title: 'Cancel a plan',
      description: 'Cancels the jobs of a plan and begins none any more; what was not made comes back.',
      input: OnePlan,
      output: ToldPlan,
      annotations: { destructiveHint: true, idempotentHint: true, openWorldHint: false },
      counts: 'write',
      run: async ({ planId }, asked) => planResult(await door.cancel(asked, planId)),
    }),
  ];
}

function planResult(plan: ToldPlan): CallToolResult {
  const { planId, planHash, state, amountUsd, amountMicros } = plan;
  const steps = plan.steps.map(
    ({ id, state: step, jobId }) => `${id}: ${step}${jobId === null ? '' : ` (${jobId})`}`,
  );
  const next =
    state === 'proposed'
      ? `To run it, call execute_plan with planHash ${planHash} and amountMicros ${amountMicros}.`
      : steps.join('\n');
  return {
    content: [{ type: 'text', text: `The plan ${planId} is ${state}, for $${amountUsd} at most. ${next}` }],
    structuredContent: { ...plan },
  };
}
