import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createLanes } from './lanes.ts';
import type { ModelState, Priority, QueuedJob, RunningJob } from './model.ts';
import { policy } from './policy.ts';

const rules = { agingSeconds: 60, idleSeconds: 300 };
const capacity = { cpu: 3 };

function readyModel(concurrency: number): ModelState {
  return { state: 'ready', retryAt: 0, concurrency, lastUsedAt: 0, startSeconds: 1 };
}

interface Arrival {
  accountId: string;
  model: string;
  priority: Priority;
  cpu: number;
  seconds: number;
  afterSeconds: number;
  runsAlone?: boolean;
}

const arrivals = fc.array(
  fc.record({
    accountId: fc.constantFrom('a', 'b', 'c'),
    model: fc.constantFrom('m1', 'm2'),
    priority: fc.constantFrom<Priority>('interactive', 'standard', 'batch'),
    cpu: fc.integer({ min: 1, max: 3 }),
    seconds: fc.integer({ min: 1, max: 30 }),
    afterSeconds: fc.integer({ min: 0, max: 20 }),
    runsAlone: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
  }),
  { minLength: 1, maxLength: 60 },
);

interface PlayOptions {
  onState?: (running: ReadonlyMap<string, RunningJob>) => void;
  /** State of `m1` in that second; default: ready. */
  m1At?: (second: number) => ModelState;
  secondsMax?: number;
}

/** Plays arrivals through the policy with a clock of whole seconds; answers each job's start in milliseconds. */
function play(list: readonly Arrival[], options: PlayOptions = {}) {
  const { onState, m1At = () => readyModel(1), secondsMax = 10_000 } = options;
  const lanes = createLanes();
  const running = new Map<string, RunningJob>();
  const starts = new Map<string, { startedAt: number; createdAt: number }>();
  let arrivesAt = 0;
  const pending = list.map((arrival, sequence) => {
    arrivesAt += arrival.afterSeconds;
    return { ...arrival, id: `job${sequence}`, sequence, createdAt: arrivesAt * 1000 };
  });
  for (let second = 0; second < secondsMax && starts.size < list.length; second++) {
    const now = second * 1000;
    for (const [id, job] of running) if (job.expectedEndAt <= now) running.delete(id);
    while (pending[0] && pending[0].createdAt <= now) {
      const { cpu, seconds, afterSeconds: _, ...job } = pending.shift()!;
      lanes.add({ runsAlone: false, ...job, needs: { cpu }, estimatedSeconds: seconds });
    }
    const models = new Map([
      ['m1', m1At(second)],
      ['m2', readyModel(2)],
    ]);
    const state = { lanes: lanes.all(), running, models, capacity, service: lanes.service, rules };
    for (const decision of policy(state, now)) {
      if (decision.kind !== 'start') continue;
      const { job } = decision;
      lanes.start(job);
      const expectedEndAt = now + job.estimatedSeconds * 1000;
      running.set(job.id, { ...job, expectedEndAt });
      starts.set(job.id, { startedAt: now, createdAt: job.createdAt });
    }
    onState?.(running);
  }
  return starts;
}

describe('the scheduling policy', () => {
  test('never exceeds a resource or a runner, and starts every job', () => {
    fc.assert(
      fc.property(arrivals, (list) => {
        const onState = (running: ReadonlyMap<string, RunningJob>) => {
          const jobs = [...running.values()];
          const cpu = jobs.reduce((sum, job) => sum + (job.needs.cpu ?? 0), 0);
          expect(cpu).toBeLessThanOrEqual(capacity.cpu);
          expect(jobs.filter(({ model }) => model === 'm1').length).toBeLessThanOrEqual(1);
          expect(jobs.filter(({ model }) => model === 'm2').length).toBeLessThanOrEqual(2);
        };
        const starts = play(list, { onState });
        expect(starts.size).toBe(list.length);
      }),
      { numRuns: 100 },
    );
  });

  test('a batch job starts within a bounded time under an endless stream of interactive ones', () => {
    const stream: Arrival[] = Array.from({ length: 600 }, () => ({
      accountId: 'a',
      model: 'm1',
      priority: 'interactive',
      cpu: 1,
      seconds: 2,
      afterSeconds: 1,
    }));
    stream.splice(5, 0, {
      accountId: 'b',
      model: 'm1',
      priority: 'batch',
      cpu: 3,
      seconds: 2,
      afterSeconds: 0,
    });
    const start = play(stream).get('job5');
    const waitedSeconds = ((start?.startedAt ?? Number.POSITIVE_INFINITY) - (start?.createdAt ?? 0)) / 1000;
    expect(waitedSeconds).toBeGreaterThan(60);
    expect(waitedSeconds).toBeLessThanOrEqual(3 * rules.agingSeconds + 4);
  });

  test("one account's thousand jobs don't stand before another's first", () => {
    const burst: Arrival[] = Array.from({ length: 300 }, () => ({
      accountId: 'a',
      model: 'm1',
      priority: 'standard',
      cpu: 1,
      seconds: 1,
      afterSeconds: 0,
    }));
    const other: Arrival = {
      accountId: 'b',
      model: 'm1',
      priority: 'standard',
      cpu: 1,
      seconds: 1,
      afterSeconds: 5,
    };
    const start = play([...burst, other]).get('job300');
    expect((start?.startedAt ?? 0) - (start?.createdAt ?? 0)).toBeLessThanOrEqual(2000);
  });

  test('a job that needs every slot is not passed for ever by small ones', () => {
    const small: Arrival[] = Array.from({ length: 200 }, (_, i) => ({
      accountId: 'a',
      model: 'm2',
      priority: 'standard',
      cpu: 1,
      seconds: 3,
      afterSeconds: i % 2,
    }));
    small.splice(4, 0, {
      accountId: 'a',
      model: 'm1',
      priority: 'standard',
      cpu: 3,
      seconds: 1,
      afterSeconds: 0,
    });
    const start = play(small).get('job4');
    expect((start?.startedAt ?? Number.POSITIVE_INFINITY) - (start?.createdAt ?? 0)).toBeLessThanOrEqual(
      12_000,
    );
  });
});

/** `m1` never gets ready: it starts, fails and backs off, every few seconds. */
function failingModel(second: number): ModelState {
  const isStarting = second % 8 < 5;
  const retryAt = (second - (second % 8) + 8) * 1000;
  return { ...readyModel(1), state: isStarting ? 'starting' : 'backoff', retryAt };
}

describe('a job that runs alone', () => {
  test('overlaps with nothing, whatever else comes', () => {
    fc.assert(
      fc.property(arrivals, (list) => {
        const onState = (running: ReadonlyMap<string, RunningJob>) => {
          if ([...running.values()].some(({ runsAlone }) => runsAlone)) expect(running.size).toBe(1);
        };
        expect(play(list, { onState }).size).toBe(list.length);
      }),
      { numRuns: 200 },
    );
  });

  test('holds nobody up while its runner can not be had, nor is it held up by that of another', () => {
    fc.assert(
      fc.property(arrivals, (list) => {
        const starts = play(list, { m1At: failingModel, secondsMax: 3000 });
        expect(starts.size).toBe(list.filter(({ model }) => model === 'm2').length);
      }),
      { numRuns: 100 },
    );
  });

  test('is not passed for ever by others, which then go on', () => {
    const stream: Arrival[] = Array.from({ length: 200 }, (_, i) => ({
      accountId: i % 2 === 0 ? 'a' : 'b',
      model: 'm2',
      priority: 'standard',
      cpu: 1,
      seconds: 3,
      afterSeconds: i % 2,
    }));
    for (const model of ['m1', 'm2']) {
      const suspect: Arrival = {
        ...{ accountId: 'a', model, priority: 'standard', cpu: 1, seconds: 5, afterSeconds: 0 },
        runsAlone: true,
      };
      const starts = play(stream.toSpliced(4, 0, suspect));
      const { startedAt = Number.POSITIVE_INFINITY, createdAt = 0 } = starts.get('job4') ?? {};
      expect(startedAt - createdAt).toBeLessThanOrEqual(12_000);
      expect(starts.size).toBe(stream.length + 1);
    }
  });

  test('neither starts beside a runner that starts, nor is one started beside it', () => {
    const lone = job({ id: 'lone', runsAlone: true });
    const other = job({ id: 'other', model: 'm2', sequence: 2 });
    const stopped = { ...readyModel(1), state: 'stopped' as const };
    const before = { ...other, sequence: 0 };
    expect(decide([before, lone], { m1: readyModel(1), m2: stopped })).toEqual([
      { kind: 'load', model: 'm2' },
    ]);
    expect(decide([lone], { m1: readyModel(1), m2: { ...stopped, state: 'starting' } })).toEqual([]);
    expect(decide([lone, other], { m1: readyModel(1), m2: stopped })).toEqual([{ kind: 'start', job: lone }]);
    const running = [{ ...lone, expectedEndAt: 1000 }];
    expect(decide([other], { m1: readyModel(1), m2: stopped }, 0, running)).toEqual([]);
    expect(decide([other], { m1: readyModel(1), m2: readyModel(1) }, 0, running)).toEqual([]);
  });
});

const job = (changes: Partial<QueuedJob>): QueuedJob => ({
  id: 'j1',
  accountId: 'a',
  model: 'm1',
  priority: 'standard',
  sequence: 1,
  createdAt: 0,
  needs: { cpu: 1 },
  estimatedSeconds: 1,
  runsAlone: false,
  ...changes,
});

function decide(jobs: QueuedJob[], models: Record<string, ModelState>, now = 0, running: RunningJob[] = []) {
  const lanes = createLanes();
  for (const one of jobs) lanes.add(one);
  const state = {
    lanes: lanes.all(),
    running: new Map(running.map((one) => [one.id, one])),
    models: new Map(Object.entries(models)),
    capacity,
    service: lanes.service,
    rules,
  };
  return policy(state, now);
}

describe('runners', () => {
  test('a stopped runner is loaded once for all its jobs, and other runners go on', () => {
    const jobs = [
      job({ id: 'j1' }),
      job({ id: 'j2', sequence: 2 }),
      job({ id: 'j3', model: 'm2', sequence: 3 }),
    ];
    const decisions = decide(jobs, { m1: { ...readyModel(1), state: 'stopped' }, m2: readyModel(1) });
    expect(decisions.map((decision) => (decision.kind === 'start' ? decision.job.id : decision))).toEqual([
      { kind: 'load', model: 'm1' },
      'j3',
    ]);
  });

  test('a runner in backoff is left alone until its time', () => {
    const models = { m1: { ...readyModel(1), state: 'backoff' as const, retryAt: 5000 } };
    expect(decide([job({})], models, 4999)).toEqual([]);
    expect(decide([job({})], models, 5000)).toEqual([{ kind: 'load', model: 'm1' }]);
  });

  test('an idle runner is stopped after its time, one that is wanted is not', () => {
    expect(decide([], { m1: readyModel(1) }, 299_999)).toEqual([]);
    expect(decide([], { m1: readyModel(1) }, 300_000)).toEqual([{ kind: 'unload', model: 'm1' }]);
  });
});
