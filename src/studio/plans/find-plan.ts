import { NotFound } from '../../errors.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { PlanStore } from './store.ts';
import type { Plan } from './tables.ts';

/** @throws NotFound unknown, or another account's */
export function findPlan(store: PlanStore, { accountId }: Caller, planId: string): Plan {
  const plan = store.find(planId);
  if (!plan || plan.accountId !== accountId) throw new NotFound(`The plan ${planId}`);
  return plan;
}
