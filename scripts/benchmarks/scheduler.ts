import { policy } from '../../src/scheduler/policy.ts';
import type { SchedulerRules } from '../../src/scheduler/model.ts';
import {
  type Figures,
  leastMakespanSeconds,
  playTrace,
  type Policy,
  type Waits,
} from './scheduler-figures.ts';
import { boundedLookAhead, firstComeFirstServed, rivalPolicy, sameModelFirst } from './scheduler-rivals.ts';
import { traces, type Trace } from './scheduler-traces.ts';
import { print, report, table } from './table.ts';

const rivals: [string, Policy][] = [
  ['FIFO + LRU', rivalPolicy(firstComeFirstServed)],
  ['same model first', rivalPolicy(sameModelFirst)],
  ['look-ahead of 32', rivalPolicy(boundedLookAhead)],
];

/** The shipped settings, on a computer with 256 GB of which half is for parked models. */
const rules: SchedulerRules = {
  ...{ agingSeconds: 120, idleSeconds: 300, gpuIdleSeconds: 0, warmPreference: 10 },
  parkedBytesMax: 128e9,
};

export const targets = { makespanRatioMax: 1.15, interactiveGainMin: 2 };

export interface TraceOutcome {
  trace: Trace;
  leastSeconds: number;
  ours: Figures;
  rivals: [string, Figures][];
  /** The makespan beside the least that is possible, and how much shorter the p95 interactive wait is than by FIFO. */
  makespanRatio: number;
  interactiveGain: number;
  isGood: boolean;
}

export function playAll(jobs: number): TraceOutcome[] {
  return traces(jobs).map((trace) => {
    report(`Playing ${trace.name} …`);
    const ours = playTrace(trace, rules, policy);
    const others = rivals.map(([name, rival]): [string, Figures] => [name, playTrace(trace, rules, rival)]);
    const leastSeconds = leastMakespanSeconds(trace);
    const makespanRatio = ours.makespanSeconds / leastSeconds;
    const [[, fifo] = ['', ours]] = others;
    const interactiveGain = p95(fifo) / p95(ours);
    const isGood = makespanRatio <= targets.makespanRatioMax && interactiveGain >= targets.interactiveGainMin;
    return { trace, leastSeconds, ours, rivals: others, makespanRatio, interactiveGain, isGood };
  });
}

/** How the policy that ships does on made-up days, beside what others do. @returns whether the targets were met */
export function benchmarkScheduler({ jobs }: { jobs: number }): Promise<boolean> {
  const outcomes = playAll(jobs);
  for (const outcome of outcomes) printOutcome(outcome);
  const isGood = outcomes.every((outcome) => outcome.isGood);
  print(isGood ? '\nAll targets met.\n' : '\nNot all targets met.\n');
  return Promise.resolve(isGood);
}

function printOutcome({ trace, leastSeconds, ours, rivals: others, ...outcome }: TraceOutcome): void {
  const rows: [string, Figures][] = [['this scheduler', ours], ...others];
  const headings = ['makespan h', '× least', 'interactive s', 'standard s', 'batch s', 'deferral s', 'swaps'];
  print(`\n${trace.name}: ${trace.about}; ${trace.jobs.length} jobs\n`);
  print(
    table(
      ['', ...headings],
      rows.map(([name, figures]) => [
        name,
        (figures.makespanSeconds / 3600).toFixed(2),
        (figures.makespanSeconds / leastSeconds).toFixed(3),
        show(figures.waits.interactive),
        show(figures.waits.standard),
        show(figures.waits.batch),
        figures.deferralSecondsMax.toFixed(0),
        String(figures.swaps),
      ]),
    ),
  );
  print(
    `  least makespan ${(leastSeconds / 3600).toFixed(2)} h; waits are p50/p95/max; interactive p95 ` +
      `${outcome.interactiveGain.toFixed(1)} × shorter than FIFO + LRU: ${outcome.isGood ? 'good' : 'MISSED'}\n`,
  );
}

function p95({ waits }: Figures): number {
  return waits.interactive?.p95Seconds ?? 0;
}

function show(waits: Waits | null): string {
  if (!waits) return '–';
  return [waits.p50Seconds, waits.p95Seconds, waits.maxSeconds]
    .map((seconds) => seconds.toFixed(0))
    .join('/');
}
