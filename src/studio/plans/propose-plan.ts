import { randomBytes } from 'node:crypto';
import { fingerprint } from '../../idempotency/idempotency.ts';
import type { PricedPlan } from './plan.ts';
import type { PlanStore } from './store.ts';
import type { Plan, PlanStep } from './tables.ts';

/** How long a proposed plan can be approved: prices and files don't stay as they are for ever. */
export const approvalMs = 30 * 60_000;

interface Proposal {
  accountId: string;
  requestId: string;
  projectId: string | null;
  priced: PricedPlan;
  now: number;
}

/** Writes a priced plan down, to be approved or not. Called inside `Writer.write`. */
export function proposePlan(store: PlanStore, proposal: Proposal): { plan: Plan; steps: PlanStep[] } {
  const { accountId, requestId, projectId, priced, now } = proposal;
  const { amountMicros, listMicros } = priced;
  const id = `plan_${randomBytes(12).toString('hex')}`;
  const plan: Plan = {
    ...{ id, accountId, requestId, projectId, state: 'proposed', amountMicros, listMicros },
    ...{ hash: hashPlan({ id, accountId, priced }), approvedBy: null },
    ...{ createdAt: now, expiresAt: now + approvalMs, executedAt: null },
    ...{ cancelRequestedAt: null, finishedAt: null },
  };
  const steps = priced.steps.map((step, position): PlanStep => ({
    ...step,
    ...{
      planId: id,
      position,
      state: 'waiting',
      jobId: null,
      assetIds: null,
      errorCode: null,
      errorMessage: null,
    },
  }));
  store.insert(plan, steps);
  return { plan, steps };
}

/** What an approval is of: nobody who approves one plan approves another, or the same at another price. */
function hashPlan({ id, accountId, priced }: { id: string; accountId: string; priced: PricedPlan }): string {
  const steps = priced.steps.map((step) => [step.id, step.task, step.input, step.amountMicros]);
  return fingerprint({ id, accountId, steps, amountMicros: priced.amountMicros });
}
