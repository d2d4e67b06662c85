import type { AuditLog } from '../../audit/store.ts';
import type { Clock } from '../../clock.ts';
import type { Writer } from '../../db/writer.ts';
import { Conflict } from '../../errors.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { findPlan } from './find-plan.ts';
import { releaseShare } from './reserve.ts';
import type { PlanStore } from './store.ts';
import type { Plan, PlanStep } from './tables.ts';

/** How a step ends that was canceled with its plan. */
export const stepCanceled = {
  state: 'canceled',
  errorCode: 'plan_canceled',
  errorMessage: 'The plan was canceled.',
} as const satisfies Partial<PlanStep>;

interface CancelParts {
  store: PlanStore;
  ledger: Ledger;
  audit: AuditLog;
  writer: Writer;
  clock: Clock;
}

/**
 * Takes a plan back, in one transaction: an offer is withdrawn, and of a plan that runs no step begins any more, and
 * what was set aside for those goes back. Jobs that it has by then are canceled after it. A second time changes nothing.
 * @returns the plan: canceled, or running for as long as its jobs take to let go
 * @throws NotFound unknown, or another account's; Conflict `plan_finished` where it succeeded or failed before
 */
export function cancelPlan(parts: CancelParts, caller: Caller, planId: string): Promise<Plan> {
  const { store, audit, writer, clock } = parts;
  return writer.write(() => {
    const plan = findPlan(store, caller, planId);
    assertNotFinished(plan);
    if (plan.cancelRequestedAt !== null) return plan;
    const now = clock();
    withdrawSteps(parts, plan);
    const ended = plan.state === 'proposed' ? ({ state: 'canceled', finishedAt: now } as const) : {};
    const changes = { ...ended, cancelRequestedAt: now };
    store.movePlan(plan.id, plan.state, changes);
    audit.record({ actor: caller, action: 'plan.cancel', subject: plan.id, details: { was: plan.state } });
    return { ...plan, ...changes };
  });
}

/** Called inside `Writer.write`. */
function withdrawSteps({ store, ledger }: CancelParts, plan: Plan): void {
  for (const step of store.steps(plan.id)) {
    const isWithdrawn = store.moveStep(step, 'waiting', stepCanceled);
    // Of an offer nothing was set aside.
    if (isWithdrawn && plan.state === 'running') releaseShare(ledger, plan, step);
  }
}

/** @throws Conflict `plan_finished` */
export function assertNotFinished({ state }: Plan): void {
  if (state !== 'succeeded' && state !== 'failed') return;
  throw new Conflict(`The plan has already ${state}.`, 'plan_finished');
}
