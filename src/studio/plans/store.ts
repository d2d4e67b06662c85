import { and, asc, desc, eq } from 'drizzle-orm';
import type { OpenDatabase } from '../../db/open.ts';
import { type Plan, type PlanStep, studioPlans, studioPlanSteps } from './tables.ts';

/** Queries on plans and their steps. Writing ones are called inside `Writer.write`. */
export type PlanStore = ReturnType<typeof createPlanStore>;

export function createPlanStore({ db }: Pick<OpenDatabase, 'db'>) {
  return {
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
