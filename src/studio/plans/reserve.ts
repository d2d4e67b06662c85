import { ApplianceError } from '../../errors.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Plan, PlanStep } from './tables.ts';

/** Where the amount of an approved plan lies until its steps are charged. Limited: it never holds less than nothing. */
export function holdAccount(planId: string): string {
  return `hold:${planId}`;
}

/** @throws Error the steps together cost otherwise than the plan: a mistake of ours, and nothing may run on it */
export function assertReserveCovers(ledger: Ledger, planId: string, steps: readonly PlanStep[]): void {
  const total = steps.reduce((sum, { amountMicros }) => sum + amountMicros, 0);
  const held = ledger.balanceMicros(holdAccount(planId));
  if (total !== held) throw new Error(`The steps of ${planId} cost ${total}, its reserve is ${held}.`);
}

interface ChangedPrice {
  approvedMicros: number;
  /** What it costs now. */
  amountMicros: number;
}

/** 409: the plan, or one of its steps, would cost more than was approved, so it doesn't run. */
export class PriceChanged extends ApplianceError {
  constructor(what: string, amounts: ChangedPrice & { steps?: (ChangedPrice & { id: string })[] }) {
    const message = `The ${what} now costs $${amounts.amountMicros / 1e6}, and $${amounts.approvedMicros / 1e6} were approved.`;
    super({ code: 'price_changed', status: 409, message, details: { ...amounts } });
  }
}

/**
 * Gives a step's share back to the account, once: inside the transaction that charges its job, so that nobody else can
 * spend it in between, or where the step will never run.
 */
export function releaseShare(ledger: Ledger, plan: Plan, step: PlanStep): void {
  const outcome = ledger.transfer({
    ...{
      debitAccountId: holdAccount(plan.id),
      creditAccountId: plan.accountId,
      amountMicros: step.amountMicros,
    },
    ...{ code: 'hold_release', reference: `hold_release:${plan.id}:${step.id}` },
  });
  if (outcome.kind !== 'created') throw new Error(`The share of ${plan.id}/${step.id} was released before.`);
}
