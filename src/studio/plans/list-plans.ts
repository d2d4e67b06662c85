import type { Caller } from '../../identity/authenticate.ts';
import { cutPage, type Page } from '../../page.ts';
import { cursorOf, readCursor } from '../newest-first.ts';
import type { PlanFilter, PlanStore, StepSummary } from './store.ts';
import type { Plan } from './tables.ts';

/** A plan as lists show it: without inputs, which may be long. */
export interface PlanSummary {
  plan: Plan;
  steps: StepSummary[];
}

export interface PlanListRequest extends Omit<PlanFilter, 'before'> {
  limit?: number;
  cursor?: string;
}

const pageSize = 20;

/** The caller's plans, newest first. @throws NotFound the project or the conversation; BadCursor */
export function listPlans(
  parts: {
    store: PlanStore;
    assertProject: (accountId: string, projectId: string) => void;
    assertThread: (accountId: string, threadId: string) => void;
  },
  { accountId }: Caller,
  { limit = pageSize, cursor, ...filter }: PlanListRequest,
): Page<PlanSummary> {
  const { store, assertProject, assertThread } = parts;
  if (filter.projectId !== undefined) assertProject(accountId, filter.projectId);
  if (filter.threadId !== undefined) assertThread(accountId, filter.threadId);
  const before = readCursor(cursor);
  const from = before === undefined ? filter : { ...filter, before };
  const { rows, nextCursor } = cutPage({
    limit,
    list: (most) => store.list(accountId, from, most),
    cursorOf: ({ createdAt: at, id }) => cursorOf({ at, id }),
  });
  return { rows: summarize(store, rows), nextCursor };
}

/** The plans in their order, with the steps of each. */
export function summarize(store: PlanStore, plans: readonly Plan[]): PlanSummary[] {
  const steps = Map.groupBy(store.stepSummaries(plans.map(({ id }) => id)), ({ planId }) => planId);
  return plans.map((plan) => ({ plan, steps: steps.get(plan.id) ?? [] }));
}
