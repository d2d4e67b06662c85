import type { Clock } from '../clock.ts';
import type { Caller } from '../identity/authenticate.ts';
import type { Assets } from './assets/create-assets.ts';
import type { Planner } from './planner/planner.ts';
import type { Plans } from './plans/create-plans.ts';
import type { PlanSummary } from './plans/list-plans.ts';

/** How an account stands in Studio, beside its projects and conversations. */
export interface Standing {
  planner: Pick<Planner, 'name' | 'lacks'>;
  storage: { usedBytes: number; quotaBytes: number };
  /** The newest, as are those below. */
  runningPlans: PlanSummary[];
  /** Offers that can still be approved. */
  pendingApprovals: PlanSummary[];
}

/** Of each kind. The list of plans has the others. */
const plansShown = 50;

export function createStanding(parts: {
  planner: Planner;
  assets: Assets;
  plans: Plans;
  clock: Clock;
}): (caller: Caller) => Standing {
  const { planner, plans, clock } = parts;
  const { store, quotaBytes } = parts.assets.parts;
  return (caller) => ({
    planner: { name: planner.name, lacks: planner.lacks },
    storage: { usedBytes: store.usedBytes(caller.accountId), quotaBytes },
    runningPlans: plans.list(caller, { state: 'running', limit: plansShown }).rows,
    pendingApprovals: plans.list(caller, {
      ...{ state: 'proposed', expiresAfter: clock(), limit: plansShown },
    }).rows,
  });
}
