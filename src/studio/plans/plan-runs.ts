import type { Clock } from '../../clock.ts';
import { Conflict } from '../../errors.ts';
import { giveUp, Interrupted, runStep, type StepParts } from './run-step.ts';
import type { Plan, PlanStep } from './tables.ts';

interface RunParts extends Omit<StepParts, 'signal'> {
  clock: Clock;
}

/** Carries approved plans out. What was under way when the appliance ended goes on at its next start. */
export interface PlanRuns {
  start(plan: Plan): void;
  /** Takes up what an earlier process left. */
  recover(): void;
  stop(): Promise<void>;
}

export function createPlanRuns(given: RunParts): PlanRuns {
  const stopping = new AbortController();
  const parts = { ...given, signal: stopping.signal };
  const underWay = new Map<string, Promise<void>>();
  const start = (plan: Plan) => {
    if (underWay.has(plan.id) || stopping.signal.aborted) return;
    const run = runPlan(parts, plan)
      .catch((error) => {
        if (!(error instanceof Interrupted)) parts.log.error('a plan stopped', { planId: plan.id, error });
      })
      .finally(() => underWay.delete(plan.id));
    underWay.set(plan.id, run);
  };
  return {
    start,
    recover() {
      for (const plan of parts.store.running()) start(plan);
    },
    async stop() {
      stopping.abort();
      await Promise.all(underWay.values());
    },
  };
}

/** Every step as soon as those before it have succeeded; those behind one that failed are given up. */
async function runPlan(parts: RunParts & StepParts, plan: Plan): Promise<void> {
  const { store, writer, clock, changed } = parts;
  const outcomes = new Map<string, Promise<boolean>>();
  const run = async (step: PlanStep): Promise<boolean> => {
    const before = await Promise.all(step.dependsOn.map((id) => outcomes.get(id)));
    if (step.state === 'succeeded') return true;
    if (step.state === 'failed' || step.state === 'canceled') return false;
    const isReady = before.every((outcome) => outcome === true);
    if (isReady) return runStep(parts, plan, step);
    const error = new Conflict('A step before it failed.', 'dependency_failed');
    await giveUp(parts, plan, { step, state: 'canceled', error });
    return false;
  };
  for (const step of store.steps(plan.id)) {
    const outcome = run(step).finally(() => changed(plan));
    outcomes.set(step.id, outcome);
  }
  const ended = await Promise.allSettled(outcomes.values());
  const broken = ended.find((outcome) => outcome.status === 'rejected');
  if (broken) throw broken.reason;
  const isGood = ended.every((outcome) => outcome.status === 'fulfilled' && outcome.value);
  const finished = { state: isGood ? 'succeeded' : 'failed', finishedAt: clock() } as const;
  await writer.persist(() => void store.movePlan(plan.id, 'running', finished));
  changed(plan);
}
