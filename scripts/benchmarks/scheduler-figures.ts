import { priorities, type Priority } from '../../src/scheduler/model.ts';
import { simulate, type SimulatedRun, type SimulationResult } from '../../src/testing/gpu-simulator.ts';
import type { Decision, SchedulerRules, SchedulerState } from '../../src/scheduler/model.ts';
import type { Trace } from './scheduler-traces.ts';
import { percentile } from './statistics.ts';

export interface Waits {
  p50Seconds: number;
  p95Seconds: number;
  maxSeconds: number;
}

export interface Figures {
  makespanSeconds: number;
  swaps: number;
  /** From arrival to start; null where no job had this priority. */
  waits: Record<Priority, Waits | null>;
  /** The longest time for which jobs that came later, and were no more urgent, went before one that waited. */
  deferralSecondsMax: number;
}

export type Policy = (state: SchedulerState, now: number) => Decision[];

export function playTrace(trace: Trace, rules: SchedulerRules, policy: Policy): Figures {
  return figuresOf(simulate({ ...trace, rules, policy }));
}

function figuresOf({ runs, makespanSeconds, swaps }: SimulationResult): Figures {
  const waitsOf = (priority: Priority): Waits | null => {
    const waits = runs.filter(({ job }) => job.priority === priority).map(waitSeconds);
    if (waits.length === 0) return null;
    const [p50Seconds, p95Seconds] = [percentile(waits, 0.5), percentile(waits, 0.95)];
    return { p50Seconds, p95Seconds, maxSeconds: percentile(waits, 1) };
  };
  const waits = {
    interactive: waitsOf('interactive'),
    standard: waitsOf('standard'),
    batch: waitsOf('batch'),
  };
  return { makespanSeconds, swaps, waits, deferralSecondsMax: deferralSecondsMax(runs) };
}

function waitSeconds({ job, startedAtSeconds }: SimulatedRun): number {
  return startedAtSeconds - job.arrivesAtSeconds;
}

function deferralSecondsMax(runs: readonly SimulatedRun[]): number {
  /** By priority: the first start of the jobs that came later, of that priority or a less urgent one. */
  const firstStart = priorities.map(() => Number.POSITIVE_INFINITY);
  let longest = 0;
  for (const { job, startedAtSeconds } of runs.toReversed()) {
    const own = priorities.indexOf(job.priority);
    const passedAt = firstStart[own] ?? Number.POSITIVE_INFINITY;
    longest = Math.max(longest, startedAtSeconds - passedAt);
    for (let i = 0; i <= own; i++) {
      firstStart[i] = Math.min(firstStart[i] ?? Number.POSITIVE_INFINITY, startedAtSeconds);
    }
  }
  return longest;
}

/**
 * No schedule ends earlier, whatever it knows: from any moment on, all that arrives from then on has yet to be computed,
 * and of the models that only then are first wanted one must be loaded before anything runs.
 */
export function leastMakespanSeconds({ jobs, gpus, models }: Trace): number {
  const startSecondsOf = new Map(models.map(({ name, startSeconds }) => [name, startSeconds]));
  const first = jobs[0];
  const firstLoad = Math.min(...jobs.map(({ model }) => startSecondsOf.get(model) ?? 0));
  let least = 0;
  let workSeconds = 0;
  for (const { arrivesAtSeconds, seconds } of jobs.toReversed()) {
    workSeconds += seconds;
    least = Math.max(least, arrivesAtSeconds + workSeconds / gpus.length);
  }
  return Math.max(least, (first?.arrivesAtSeconds ?? 0) + firstLoad + workSeconds / gpus.length);
}
