import { describe, expect, test } from 'bun:test';
import { rules as playRules, waiting } from '../testing/play-policy.ts';
import { createLanes } from './lanes.ts';
import type { GpuResidence, ModelState, QueuedJob, RunningJob, SchedulerRules } from './model.ts';
import { policy } from './policy.ts';

/** On one GPU of 100 bytes, an hour after everything was used last. */
const now = 3_600_000;

function model(state: ModelState['state'], gpu: Partial<GpuResidence> = {}): ModelState {
  const isThere = state !== 'stopped';
  return {
    ...{ state, retryAt: 0, concurrency: 1, lastUsedAt: 0, startSeconds: 30 },
    gpu: {
      ...{ device: isThere ? 'cuda:0' : null, heldBytes: 40, hostBytes: 40, wakeSeconds: 4, parkSeconds: 4 },
      ...{ readySince: 0, cameInSeconds: 4, usedEverySeconds: 600, isPinned: false, isPreloaded: false },
      ...gpu,
    },
  };
}

const job = (id: string, of: string, changes: Partial<QueuedJob> = {}) =>
  waiting({ id, model: of, createdAt: now, gpu: { runBytes: 10, isAlone: false }, ...changes });

interface Scene {
  models: Record<string, ModelState>;
  jobs?: QueuedJob[];
  running?: QueuedJob[];
  gpus?: Record<string, number>;
  rules?: Partial<SchedulerRules>;
}

/** What is decided, in words. */
function decide({ models, jobs = [], running = [], gpus = { 'cuda:0': 100 }, rules }: Scene): string[] {
  const lanes = createLanes();
  jobs.forEach((one, sequence) => lanes.add({ ...one, sequence }));
  const runs = running.map((one): [string, RunningJob] => [one.id, { ...one, expectedEndAt: now + 5000 }]);
  const decisions = policy(
    {
      ...{ lanes: lanes.all(), service: lanes.service, capacity: { cpu: 10 } },
      running: new Map(runs),
      models: new Map(Object.entries(models)),
      gpus: Object.entries(gpus).map(([id, bytes]) => ({ id, bytes })),
      rules: { ...playRules, parkedBytesMax: 200, ...rules },
    },
    now,
  );
  return decisions.map((decision) => {
    if (decision.kind === 'start') return `start ${decision.job.id}`;
    return [decision.kind, decision.model, 'device' in decision ? decision.device : ''].join(' ').trim();
  });
}

describe('a model whose job is next', () => {
  test('is loaded where there is room, and where nobody computes before where somebody does', () => {
    const models = { a: model('ready'), b: model('stopped') };
    const running = [job('r', 'a')];
    expect(decide({ models, jobs: [job('j', 'b')], running })).toEqual(['load b cuda:0']);
    const gpus = { 'cuda:0': 100, 'cuda:1': 100 };
    expect(decide({ models, jobs: [job('j', 'b')], running, gpus })).toEqual(['load b cuda:1']);
  });

  test('is woken when it is parked', () => {
    expect(decide({ models: { a: model('parked') }, jobs: [job('j', 'a')] })).toEqual(['wake a cuda:0']);
  });

  test('takes the room of the model that is worth least for its size, and of no more than it must', () => {
    const models = {
      often: model('ready', { heldBytes: 30, usedEverySeconds: 10 }),
      seldom: model('ready', { heldBytes: 30, usedEverySeconds: 9000 }),
      small: model('ready', { heldBytes: 20, usedEverySeconds: 1e6 }),
      wanted: model('stopped', { heldBytes: 40 }),
    };
    const recently = { ...models.often, lastUsedAt: now };
    const seldom = { ...models.seldom, lastUsedAt: now };
    const all = { ...models, often: recently, seldom };
    expect(decide({ models: all, jobs: [job('j', 'wanted')] })).toEqual(['park seldom']);
  });

  test('waits for memory that is on its way out, and asks nobody else to go', () => {
    const models = { a: model('parking', { heldBytes: 60 }), b: model('ready'), c: model('stopped') };
    expect(decide({ models, jobs: [job('j', 'c')] })).toEqual([]);
  });

  test('has the free memory that it begins in to itself, though more is on its way out', () => {
    const models = { a: model('parking'), b: model('stopped'), c: model('stopped') };
    expect(decide({ models, jobs: [job('first', 'b'), job('second', 'c')] })).toEqual(['load b cuda:0']);
  });

  test('does not take the room of one that is pinned', () => {
    const models = { a: model('ready', { heldBytes: 60, isPinned: true }), b: model('stopped') };
    expect(decide({ models, jobs: [job('j', 'b')] })).toEqual([]);
  });
});

describe('a model that goes', () => {
  const wanted = { c: model('stopped', { heldBytes: 90 }) };
  test('goes to disk where the host memory is full of what is worth more', () => {
    const parked = model('parked', { hostBytes: 40, usedEverySeconds: 10, device: 'cuda:0' });
    const models = { ...wanted, a: model('ready'), b: { ...parked, lastUsedAt: now } };
    const rules = { parkedBytesMax: 50 };
    expect(decide({ models, jobs: [job('j', 'c')], rules })).toEqual(['unload a']);
  });

  test('goes to disk where another that goes with it takes the last room', () => {
    const models = { ...wanted, a: model('ready'), b: model('ready') };
    const rules = { parkedBytesMax: 50 };
    expect(decide({ models, jobs: [job('j', 'c')], rules })).toEqual(['park a', 'unload b']);
  });

  test('is parked when what is worth less has left the host memory', () => {
    const models = { ...wanted, a: { ...model('ready'), lastUsedAt: now - 1000 }, b: model('parked') };
    const rules = { parkedBytesMax: 50 };
    expect(decide({ models, jobs: [job('j', 'c')], rules })).toEqual(['unload b']);
  });
});

describe('a model that others want to go while jobs wait for it', () => {
  const models = (readySince: number) => ({
    a: model('ready', { heldBytes: 60, readySince }),
    b: model('stopped', { heldBytes: 60 }),
  });
  const queue = [job('first', 'b'), job('second', 'a')];

  test('goes on until it has stayed ten times as long as its coming and going takes', () => {
    expect(decide({ models: models(now - 79_999), jobs: queue })).toEqual(['start second']);
    expect(decide({ models: models(now - 80_000), jobs: queue })).toEqual(['park a']);
  });

  test('goes at once for a job that is more urgent than all of them, when what it computes has ended', () => {
    const urgent = [job('first', 'b', { priority: 'interactive' }), job('second', 'a')];
    expect(decide({ models: models(now), jobs: urgent })).toEqual(['park a']);
    expect(decide({ models: models(now), jobs: urgent, running: [job('r', 'a')] })).toEqual([]);
  });

  test('is not taken from the first that waits by a later one, not even with room that it needs', () => {
    const three = {
      ...models(now),
      c: model('stopped', { heldBytes: 20 }),
      d: model('ready', { heldBytes: 20 }),
    };
    const all = [job('first', 'b', { gpu: { runBytes: 40, isAlone: false } }), job('second', 'a')];
    expect(decide({ models: three, jobs: [...all, job('third', 'c')] })).toEqual(['start second']);
    expect(decide({ models: three, jobs: [job('second', 'a'), job('third', 'c')] })).toEqual([
      'start second',
      'park d',
    ]);
  });

  test('is not taken from by a later job while the first waits for it, where that would come sooner', () => {
    const both = {
      ...models(now),
      d: model('ready', { heldBytes: 30 }),
      c: model('stopped', { heldBytes: 20 }),
    };
    const first = job('first', 'b', { gpu: { runBytes: 30, isAlone: false } });
    const ofD = job('fourth', 'd', { needs: { cpu: 9.5 } });
    const jobs = [first, job('second', 'a'), job('third', 'c'), ofD, job('fifth', 'a')];
    expect(decide({ models: both, jobs: jobs.slice(1) })).toEqual(['start second', 'park d']);
    expect(decide({ models: both, jobs })).toEqual(['start second']);
  });

  test('gets room for its own runs from what will go with it', () => {
    const two = { ...models(now), d: model('ready', { heldBytes: 39 }) };
    const all = [job('first', 'b', { gpu: { runBytes: 40, isAlone: false } }), job('second', 'a')];
    expect(decide({ models: two, jobs: all })).toEqual(['park d']);
  });
});

describe('a run that lacks room beside its model', () => {
  test('gets that of idle models, and nobody takes it meanwhile', () => {
    const models = { a: model('ready', { heldBytes: 70 }), b: model('ready', { heldBytes: 20 }) };
    const large = job('large', 'a', { gpu: { runBytes: 30, isAlone: false } });
    const justCame = { ...models, b: model('ready', { heldBytes: 20, readySince: now }) };
    expect(decide({ models: justCame, jobs: [large, job('later', 'b')] })).toEqual(['start later']);
    expect(decide({ models, jobs: [large] })).toEqual(['park b']);
    const going = { ...models, b: model('parking', { heldBytes: 20 }), c: model('ready', { heldBytes: 1 }) };
    const most = job('most', 'a', { gpu: { runBytes: 25, isAlone: false } });
    expect(decide({ models: going, jobs: [most, job('later', 'c')] })).toEqual([]);
  });

  test('moves its model where another GPU is large enough', () => {
    const models = { a: model('ready') };
    const large = job('large', 'a', { gpu: { runBytes: 70, isAlone: false } });
    expect(decide({ models, jobs: [large], gpus: { 'cuda:0': 100, 'cuda:1': 120 } })).toEqual(['unload a']);
    expect(decide({ models, jobs: [large] })).toEqual(['start large']);
  });
});

describe('when nothing waits', () => {
  test('what is to be there is loaded', () => {
    const models = { a: model('stopped', { isPreloaded: true }), b: model('stopped') };
    expect(decide({ models })).toEqual(['load a cuda:0']);
    expect(decide({ models, jobs: [job('j', 'b')] })).toEqual(['load b cuda:0']);
  });

  test('models stay, unless they are told to go when idle', () => {
    const models = {
      a: model('ready'),
      b: model('parked'),
      c: model('ready', { isPinned: true, heldBytes: 9 }),
    };
    expect(decide({ models })).toEqual([]);
    expect(decide({ models, rules: { gpuIdleSeconds: 3600 } })).toEqual(['unload a', 'unload b']);
    expect(decide({ models, rules: { gpuIdleSeconds: 3601 } })).toEqual([]);
  });
});
