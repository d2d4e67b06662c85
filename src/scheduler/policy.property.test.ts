import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  type Arrival,
  arrivals,
  capacity,
  decide,
  play,
  readyModel,
  rules,
  waiting,
} from '../testing/play-policy.ts';
import type { RunningJob } from './model.ts';

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

describe('runners', () => {
  test('a stopped runner is loaded once for all its jobs, and other runners go on', () => {
    const jobs = [
      waiting({ id: 'j1' }),
      waiting({ id: 'j2', sequence: 2 }),
      waiting({ id: 'j3', model: 'm2', sequence: 3 }),
    ];
    const decisions = decide(jobs, { m1: { ...readyModel(1), state: 'stopped' }, m2: readyModel(1) });
    expect(decisions.map((decision) => (decision.kind === 'start' ? decision.job.id : decision))).toEqual([
      { kind: 'load', model: 'm1' },
      'j3',
    ]);
  });

  test('a runner in backoff is left alone until its time', () => {
    const models = { m1: { ...readyModel(1), state: 'backoff' as const, retryAt: 5000 } };
    expect(decide([waiting({})], models, 4999)).toEqual([]);
    expect(decide([waiting({})], models, 5000)).toEqual([{ kind: 'load', model: 'm1' }]);
  });

  test('an idle runner is stopped after its time, one that is wanted is not', () => {
    expect(decide([], { m1: readyModel(1) }, 299_999)).toEqual([]);
    expect(decide([], { m1: readyModel(1) }, 300_000)).toEqual([{ kind: 'unload', model: 'm1' }]);
  });
});
