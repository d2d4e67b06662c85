import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  simulate,
  type SimulatedJob,
  type SimulatedModel,
  type Simulation,
} from '../testing/gpu-simulator.ts';
import { rules as playRules } from '../testing/play-policy.ts';
import { type ModelState, priorities, type Priority, type SchedulerState } from './model.ts';
import { policy } from './policy.ts';

const rules = { ...playRules, parkedBytesMax: 60 };
const gpuBytes = 40;

const machines = fc.record({
  gpus: fc
    .array(fc.integer({ min: gpuBytes / 2, max: gpuBytes }), { minLength: 0, maxLength: 2 })
    .map((rest) => [gpuBytes, ...rest].map((bytes, i) => ({ id: `cuda:${i}`, bytes }))),
  models: fc
    .array(
      fc.record({
        heldBytes: fc.integer({ min: 1, max: 30 }),
        hostBytes: fc.integer({ min: 0, max: 40 }),
        startSeconds: fc.integer({ min: 1, max: 40 }),
        wakeSeconds: fc.integer({ min: 1, max: 5 }),
        parkSeconds: fc.integer({ min: 0, max: 5 }),
      }),
      { minLength: 1, maxLength: 5 },
    )
    .map((list) => list.map((model, i): SimulatedModel => ({ ...model, name: `m${i}` }))),
});

const arrivals = fc.array(
  fc.record({
    model: fc.nat(),
    priority: fc.constantFrom(...priorities),
    accountId: fc.constantFrom('a', 'b'),
    seconds: fc.integer({ min: 1, max: 30 }),
    runBytes: fc.integer({ min: 0, max: 10 }),
    afterSeconds: fc.integer({ min: 0, max: 20 }),
    isAlone: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
  }),
  { minLength: 1, maxLength: 60 },
);

const simulations = fc.record({ machine: machines, list: arrivals }).map(({ machine, list }): Simulation => {
  let at = 0;
  const jobs = list.map(({ model, afterSeconds, ...rest }): SimulatedJob => {
    at += afterSeconds;
    return { ...rest, model: `m${model % machine.models.length}`, arrivesAtSeconds: at };
  });
  return { ...machine, jobs, rules, policy };
});

type Row = [model: string, priority: Priority, arrivesAtSeconds: number, more?: Partial<SimulatedJob>];

/** Once found: m4 and m3 came into the same free memory while m2 was on its way out. */
const twoComeWhileOneLeaves: Simulation = {
  ...{ gpus: [{ id: 'cuda:0', bytes: gpuBytes }], rules, policy },
  models: [
    { name: 'm0', heldBytes: 1, hostBytes: 0, startSeconds: 1, wakeSeconds: 1, parkSeconds: 0 },
    { name: 'm1', heldBytes: 1, hostBytes: 0, startSeconds: 1, wakeSeconds: 1, parkSeconds: 0 },
    { name: 'm2', heldBytes: 24, hostBytes: 1, startSeconds: 1, wakeSeconds: 1, parkSeconds: 2 },
    { name: 'm3', heldBytes: 8, hostBytes: 1, startSeconds: 19, wakeSeconds: 1, parkSeconds: 3 },
    { name: 'm4', heldBytes: 3, hostBytes: 0, startSeconds: 1, wakeSeconds: 1, parkSeconds: 0 },
  ],
  jobs: (
    [
      ['m2', 'standard', 0, { seconds: 12, runBytes: 9 }],
      ['m3', 'interactive', 0],
      ['m0', 'standard', 4, { isAlone: true }],
      ['m0', 'interactive', 16],
      ['m4', 'standard', 20],
      ['m3', 'standard', 24],
      ['m3', 'standard', 36, { isAlone: true }],
      ['m1', 'interactive', 36, { runBytes: 4 }],
      ['m0', 'interactive', 37],
    ] satisfies Row[]
  ).map(([model, priority, arrivesAtSeconds, more]: Row) => ({
    ...{ model, priority, arrivesAtSeconds, accountId: 'a', seconds: 1, runBytes: 0 },
    ...more,
  })),
};

/** Counted anew, by what each state means and not by the policy's own books. */
function usedBytes(state: SchedulerState, gpu: string): number {
  const onGpu = [...state.models].filter(([, model]) => isOnGpu(model, gpu));
  const held = onGpu.reduce((sum, [, model]) => sum + (model.gpu?.heldBytes ?? 0), 0);
  const names = new Set(onGpu.map(([name]) => name));
  const runs = [...state.running.values()].filter(({ model }) => names.has(model));
  return held + runs.reduce((sum, run) => sum + (run.gpu?.runBytes ?? 0), 0);
}

function isOnGpu({ state, gpu }: ModelState, id: string): boolean {
  return gpu?.device === id && state !== 'parked' && state !== 'stopped';
}

function parkedBytes(state: SchedulerState): number {
  const there = [...state.models.values()].filter(({ state: is, gpu }) => {
    return is === 'parking' || is === 'parked' || is === 'waking' || (is === 'stopping' && !gpu?.device);
  });
  return there.reduce((sum, { gpu }) => sum + (gpu?.hostBytes ?? 0), 0);
}

describe('models of GPUs', () => {
  test('never take more memory than there is, and every job runs', () => {
    fc.assert(
      fc.property(simulations, (simulation) => {
        const onState = (state: SchedulerState) => {
          for (const { id, bytes } of state.gpus) expect(usedBytes(state, id)).toBeLessThanOrEqual(bytes);
          expect(parkedBytes(state)).toBeLessThanOrEqual(rules.parkedBytesMax);
        };
        expect(simulate({ ...simulation, onState }).makespanSeconds).toBeFinite();
      }),
      { numRuns: 200, examples: [[twoComeWhileOneLeaves]] },
    );
  });

  test('leave a job that ran out of memory alone on its GPU', () => {
    fc.assert(
      fc.property(simulations, (simulation) => {
        const onState = (state: SchedulerState) => {
          for (const { model, gpu } of state.running.values()) {
            const device = state.models.get(model)?.gpu?.device ?? '';
            const there = [...state.models].filter(([, other]) => isOnGpu(other, device));
            if (gpu?.isAlone) expect(there.map(([name]) => name)).toEqual([model]);
          }
        };
        simulate({ ...simulation, onState });
      }),
      { numRuns: 100 },
    );
  });

  test('stay where they are once they are there, if they are pinned', () => {
    fc.assert(
      fc.property(simulations, (simulation) => {
        const [first, ...others] = simulation.models;
        if (!first) return;
        // Beside it the others still fit.
        const pinned = { ...first, heldBytes: 1, isPinned: true };
        const smaller = others.map((model) => ({ ...model, heldBytes: Math.min(model.heldBytes, 29) }));
        const leaves: string[] = [];
        const watched: typeof policy = (state, now) => {
          const decisions = policy(state, now);
          for (const decision of decisions) {
            const isLeaving = decision.kind === 'park' || decision.kind === 'unload';
            if (isLeaving) leaves.push(decision.model);
          }
          return decisions;
        };
        const result = simulate({ ...simulation, models: [pinned, ...smaller], policy: watched });
        expect(leaves).not.toContain(pinned.name);
        expect(result.makespanSeconds).toBeFinite();
      }),
      { numRuns: 100 },
    );
  });

  test('keep the first job of the queue waiting no longer than one of them may stay, and what runs', () => {
    fc.assert(
      fc.property(simulations, (given) => {
        const jobs = given.jobs.map((job) => ({
          ...job,
          ...{ priority: 'standard' as const, accountId: 'a', isAlone: false },
        }));
        const { runs } = simulate({ ...given, jobs });
        const longest = (of: (model: SimulatedModel) => number) => Math.max(...given.models.map(of));
        const exchange = longest(({ startSeconds, parkSeconds }) => startSeconds + parkSeconds) + 1;
        // Those that run beside it slow it down.
        const run = Math.max(...jobs.map(({ seconds }) => seconds)) * given.models.length;
        const bound = rules.warmPreference * exchange + run + 2 * exchange + 3;
        let allBeforeStarted = 0;
        for (const { job, startedAtSeconds } of runs) {
          const firstSince = Math.max(job.arrivesAtSeconds, allBeforeStarted);
          expect(startedAtSeconds - firstSince).toBeLessThanOrEqual(bound);
          allBeforeStarted = Math.max(allBeforeStarted, startedAtSeconds);
        }
      }),
      { numRuns: 200 },
    );
  });
});
