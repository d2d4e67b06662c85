import type { Clock } from '../../clock.ts';
import { Conflict } from '../../errors.ts';
import { settlesWithin } from '../../runners/deadline.ts';
import { cancelJobs } from './cancel-jobs.ts';
import { giveUp, Interrupted, runStep, type StepParts } from './run-step.ts';
import type { Plan, PlanStep } from './tables.ts';

interface RunParts extends Omit<StepParts, 'signal'> {
  clock: Clock;
}

/** Carries approved plans out. What was under way when the appliance ended goes on at its next start. */
export interface PlanRuns {
  start(plan: Plan): void;
  /** Cancels the jobs of a plan that was canceled, and waits for its end, though not for ever. */
  cancel(plan: Plan): Promise<void>;
  /** Takes up what an earlier process left. */
  recover(): void;
  stop(): Promise<void>;
}

/** A job has let go sooner; what may take longer is a full disk that can't take its end yet. */
const cancelSecondsMax = 15;

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
  const canceling = new Set<Promise<void>>();
  const cancel = async (plan: Plan) => {
    start(plan);
    const canceled = cancelJobs(parts, plan).finally(() => canceling.delete(canceled));
    canceling.add(canceled);
    await settlesWithin(Promise.all([canceled, underWay.get(plan.id)]), cancelSecondsMax);
  };
  return {
    start,
    cancel,
    recover() {
      for (const plan of parts.store.running()) {
        if (plan.cancelRequestedAt === null) start(plan);
        else void cancel(plan);
      }
    },
    async stop() {
      stopping.abort();
      await Promise.all([...underWay.values(), ...canceling]);
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
  await writer.persist(() => {
    // It may have been canceled at any moment until this one.
    const isCanceled = store.find(plan.id)?.cancelRequestedAt !== null;
    const state = isGood ? 'succeeded' : isCanceled ? 'canceled' : 'failed';
    store.movePlan(plan.id, 'running', { state, finishedAt: clock() });
  });
  changed(plan);
}
