import type { AuditLog } from '../../audit/store.ts';
import type { Clock } from '../../clock.ts';
import type { Writer } from '../../db/writer.ts';
import { ApplianceError, Conflict, InsufficientBalance, InvalidInput } from '../../errors.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { assertWithinCap } from '../../jobs/key-spending/spend-cap.ts';
import type { KeySpendingStore } from '../../jobs/key-spending/store.ts';
import type { JobDesk } from '../../jobs/desk.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { findPlan } from './find-plan.ts';
import { type PlanFiles, pricePlan } from './price-plan.ts';
import { assertReserveCovers, holdAccount, PriceChanged } from './reserve.ts';
import type { PlanStore } from './store.ts';
import type { Plan } from './tables.ts';

export interface Approval {
  planId: string;
  planHash: string;
  amountMicros: number;
}

/** 410: what was quoted is no longer promised. */
export class PlanExpired extends ApplianceError {
  constructor() {
    const message = 'The plan was not approved in time; prepare it again.';
    super({ code: 'plan_expired', status: 410, message });
  }
}

/** 409: it could be quoted then and not now, as where one of its files was deleted. */
export class PlanOutdated extends ApplianceError {
  constructor({ issues }: InvalidInput) {
    const message = 'The plan can no longer be run as it was quoted; prepare it again.';
    super({ code: 'plan_outdated', status: 409, message, details: { issues } });
  }
}

interface ExecuteParts {
  desk: JobDesk;
  files: PlanFiles;
  store: PlanStore;
  keySpending: KeySpendingStore;
  ledger: Ledger;
  audit: AuditLog;
  writer: Writer;
  clock: Clock;
}

/**
 * Approves a plan and sets its whole amount aside, in one transaction: all of it or nothing. A second time changes
 * nothing and answers the same plan. What it costs may have changed since it was quoted: a plan that costs more doesn't
 * run, and each step of one that costs less is charged what it costs when it begins.
 * @throws NotFound unknown, or another account's
 * @throws Conflict `approval_mismatch`: the hash or the amount is not the plan's; `plan_canceled` before it ran
 * @throws PriceChanged, PlanOutdated, PlanExpired, InsufficientBalance, SpendCapReached
 */
export async function executePlan(
  parts: ExecuteParts,
  caller: Caller,
  approval: Approval,
): Promise<{ plan: Plan; isNew: boolean }> {
  const { store, ledger, audit, writer, clock } = parts;
  const offer = findApproved(parts, caller, approval);
  if (offer.state === 'proposed') await assertPricesHold(parts, caller, offer);
  return writer.write(() => {
    const plan = findApproved(parts, caller, approval);
    if (plan.state !== 'proposed') return { plan, isNew: false };
    const now = clock();
    assertKeyCovers(parts, caller, { amountMicros: plan.amountMicros, now });
    reserve(ledger, plan);
    assertReserveCovers(ledger, plan.id, store.steps(plan.id));
    const running = { ...plan, state: 'running' as const, approvedBy: caller, executedAt: now };
    store.movePlan(plan.id, 'proposed', running);
    const details = { amountMicros: plan.amountMicros, hash: plan.hash };
    audit.record({ actor: caller, action: 'plan.approve', subject: plan.id, details });
    return { plan: running, isNew: true };
  });
}

/**
 * The plan that an approval is of, where it can be approved or was.
 * @throws NotFound, Conflict, PlanExpired
 */
function findApproved({ store, clock }: ExecuteParts, caller: Caller, approval: Approval): Plan {
  const plan = findPlan(store, caller, approval.planId);
  if (plan.hash !== approval.planHash || plan.amountMicros !== approval.amountMicros) {
    throw new Conflict('The approval is of another plan, or of another amount.', 'approval_mismatch');
  }
  if (plan.state === 'canceled' && plan.executedAt === null) {
    throw new Conflict('The plan was canceled; prepare it again.', 'plan_canceled');
  }
  if (plan.state === 'proposed' && clock() >= plan.expiresAt) throw new PlanExpired();
  return plan;
}

/**
 * Before the transaction, as files have to be looked at. What changes after it, the steps see themselves.
 * @throws PriceChanged, PlanOutdated; what else pricing the plan throws
 */
async function assertPricesHold(parts: ExecuteParts, caller: Caller, plan: Plan): Promise<void> {
  const approved = parts.store.steps(plan.id);
  const { steps, amountMicros } = await pricePlan(parts, caller, approved).catch((error: unknown) => {
    throw error instanceof InvalidInput ? new PlanOutdated(error) : error;
  });
  const now = new Map(steps.map((step) => [step.id, step.amountMicros]));
  const dearer = approved.flatMap((step) => {
    const costs = now.get(step.id) ?? 0;
    if (costs <= step.amountMicros) return [];
    return [{ id: step.id, approvedMicros: step.amountMicros, amountMicros: costs }];
  });
  if (dearer.length === 0) return;
  throw new PriceChanged('plan', { approvedMicros: plan.amountMicros, amountMicros, steps: dearer });
}

/** What its steps will be counted against one by one. @throws SpendCapReached */
function assertKeyCovers(
  { keySpending }: ExecuteParts,
  { keyId, limits }: Caller,
  plan: { amountMicros: number; now: number },
): void {
  const capMicrosPerDay = limits.spendCapMicrosPerDay;
  if (capMicrosPerDay !== null) assertWithinCap(keySpending, { keyId, capMicrosPerDay }, plan);
}

/** @throws InsufficientBalance */
function reserve(ledger: Ledger, { id, accountId, amountMicros }: Plan): void {
  ledger.openAccount(holdAccount(id));
  const outcome = ledger.transfer({
    ...{ debitAccountId: accountId, creditAccountId: holdAccount(id), amountMicros },
    ...{ code: 'hold', reference: `hold:${id}` },
  });
  if (outcome.kind !== 'exceeds_credits') return;
  throw new InsufficientBalance({ requiredMicros: amountMicros, balanceMicros: outcome.balanceMicros });
}
