import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Arrival, arrivals, decide, play, readyModel, waiting } from '../testing/play-policy.ts';
import type { ModelState, RunningJob } from './model.ts';

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
    const lone = waiting({ id: 'lone', runsAlone: true });
    const other = waiting({ id: 'other', model: 'm2', sequence: 2 });
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

  test('is passed by nobody once it is next, even while its own runner is busy', () => {
    const running = [{ ...waiting({ id: 'before' }), expectedEndAt: 1000 }];
    const lone = waiting({ id: 'lone', runsAlone: true });
    const other = waiting({ id: 'other', model: 'm2', sequence: 2 });
    expect(decide([lone, other], { m1: readyModel(1), m2: readyModel(1) }, 0, running)).toEqual([]);
  });
});
