import { and, asc, desc, eq, gt, inArray, isNull, lt, sql } from 'drizzle-orm';
import type { OpenDatabase } from '../../db/open.ts';
import { studioRequests } from '../agent/tables.ts';
import type { Place } from '../newest-first.ts';
import { approvalMs } from './propose-plan.ts';
import { type Plan, type PlanStep, studioPlans, studioPlanSteps } from './tables.ts';

/** Which plans of an account. */
export interface PlanFilter {
  state?: Plan['state'];
  projectId?: string;
  /** The conversation that they were asked for in. */
  threadId?: string;
  /** Those that can be approved after it. */
  expiresAfter?: number;
  before?: Place;
}

/** A step without what can be large. */
export type StepSummary = Pick<
  PlanStep,
  'planId' | 'id' | 'title' | 'task' | 'state' | 'amountMicros' | 'jobId'
>;

/** Queries on plans and their steps. Writing ones are called inside `Writer.write`. */
export type PlanStore = ReturnType<typeof createPlanStore>;

export function createPlanStore({ db }: Pick<OpenDatabase, 'db'>) {
  return {
    ...listQueries(db),
    ...offerQueries(db),
    insert(plan: Plan, steps: readonly PlanStep[]) {
      db.insert(studioPlans).values(plan).run();
      for (const step of steps) db.insert(studioPlanSteps).values(step).run();
    },
    find: (id: string): Plan | undefined => db.select().from(studioPlans).where(eq(studioPlans.id, id)).get(),
    /** The last that was made for a request of the agent. */
    ofRequest: (requestId: string): Plan | undefined =>
      db
        .select()
        .from(studioPlans)
        .where(eq(studioPlans.requestId, requestId))
        .orderBy(desc(studioPlans.createdAt))
        .limit(1)
        .get(),
    running: (): Plan[] => db.select().from(studioPlans).where(eq(studioPlans.state, 'running')).all(),
    step: ({ planId, id }: Pick<PlanStep, 'planId' | 'id'>): PlanStep | undefined =>
      db
        .select()
        .from(studioPlanSteps)
        .where(and(eq(studioPlanSteps.planId, planId), eq(studioPlanSteps.id, id)))
        .get(),
    /** In an order in which each comes after those that it depends on. */
    steps: (planId: string): PlanStep[] =>
      db
        .select()
        .from(studioPlanSteps)
        .where(eq(studioPlanSteps.planId, planId))
        .orderBy(asc(studioPlanSteps.position))
        .all(),
    /** @returns whether the plan was in the state `from` */
    movePlan: (id: string, from: Plan['state'], changes: Partial<Plan>): boolean =>
      db
        .update(studioPlans)
        .set(changes)
        .where(and(eq(studioPlans.id, id), eq(studioPlans.state, from)))
        .run().changes === 1,
    /** @returns whether the step was in the state `from` */
    moveStep: (
      { planId, id }: Pick<PlanStep, 'planId' | 'id'>,
      from: PlanStep['state'],
      changes: Partial<PlanStep>,
    ): boolean =>
      db
        .update(studioPlanSteps)
        .set(changes)
        .where(
          and(
            eq(studioPlanSteps.planId, planId),
            eq(studioPlanSteps.id, id),
            eq(studioPlanSteps.state, from),
          ),
        )
        .run().changes === 1,
  };
}

function offerQueries(db: OpenDatabase['db']) {
  return {
    /** Plans that were never approved, withdrawn ones too, and could not be since before `at`. */
    offersExpired: (at: number, limit: number): Plan[] =>
      db
        .select()
        .from(studioPlans)
        .where(and(isNull(studioPlans.executedAt), lt(studioPlans.expiresAt, at)))
        .orderBy(asc(studioPlans.expiresAt))
        .limit(limit)
        .all(),
    /** The request that it answers remembers how it ended. */
    deleteOffer({ id, requestId, state }: Plan) {
      const deletedPlan = state === 'canceled' ? 'canceled' : 'expired';
      db.update(studioRequests).set({ deletedPlan }).where(eq(studioRequests.id, requestId)).run();
      db.delete(studioPlanSteps).where(eq(studioPlanSteps.planId, id)).run();
      db.delete(studioPlans).where(eq(studioPlans.id, id)).run();
    },
  };
}

function listQueries(db: OpenDatabase['db']) {
  return {
    /** Newest first. */
    list(accountId: string, filter: PlanFilter, limit: number): Plan[] {
      const { state, projectId, threadId, expiresAfter, before } = filter;
      const asked = () =>
        db
          .select({ id: studioRequests.id })
          .from(studioRequests)
          .where(eq(studioRequests.threadId, threadId ?? ''));
      const place = sql`(${studioPlans.createdAt}, ${studioPlans.id})`;
      return db
        .select()
        .from(studioPlans)
        .where(
          and(
            eq(studioPlans.accountId, accountId),
            state === undefined ? undefined : eq(studioPlans.state, state),
            projectId === undefined ? undefined : eq(studioPlans.projectId, projectId),
            threadId === undefined ? undefined : inArray(studioPlans.requestId, asked()),
            ...(expiresAfter === undefined
              ? []
              : [
                  gt(studioPlans.expiresAt, expiresAfter),
                  // What the index is by: nothing older can still be approved.
                  gt(studioPlans.createdAt, expiresAfter - approvalMs),
                ]),
            before === undefined ? undefined : sql`${place} < (${before.at}, ${before.id})`,
          ),
        )
        .orderBy(desc(studioPlans.createdAt), desc(studioPlans.id))
        .limit(limit)
        .all();
    },
    /** The last that was made for each. */
    ofRequests(requestIds: readonly string[]): Plan[] {
      const found = db
        .select()
        .from(studioPlans)
        .where(inArray(studioPlans.requestId, [...requestIds]))
        .orderBy(asc(studioPlans.createdAt))
        .all();
      return [...new Map(found.map((plan) => [plan.requestId, plan])).values()];
    },
    stepSummaries: (planIds: readonly string[]): StepSummary[] =>
      db
        .select({
          ...{ planId: studioPlanSteps.planId, id: studioPlanSteps.id, title: studioPlanSteps.title },
          ...{ task: studioPlanSteps.task, state: studioPlanSteps.state },
          ...{ amountMicros: studioPlanSteps.amountMicros, jobId: studioPlanSteps.jobId },
        })
        .from(studioPlanSteps)
        .where(inArray(studioPlanSteps.planId, [...planIds]))
        .orderBy(asc(studioPlanSteps.planId), asc(studioPlanSteps.position))
        .all(),
  };
}
