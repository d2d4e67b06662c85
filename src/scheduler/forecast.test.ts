import { describe, expect, test } from 'bun:test';
import { forecast } from './forecast.ts';
import { createLanes } from './lanes.ts';
import type { ModelState, QueuedJob, RunningJob } from './model.ts';

const rules = {
  agingSeconds: 60,
  idleSeconds: 300,
  gpuIdleSeconds: 0,
  warmPreference: 10,
  parkedBytesMax: 0,
};
const ready: ModelState = { state: 'ready', retryAt: 0, concurrency: 1, lastUsedAt: 0, startSeconds: 2 };

function job(sequence: number, changes: Partial<QueuedJob> = {}): QueuedJob {
  return {
    id: `j${sequence}`,
    accountId: 'a',
    model: 'm1',
    priority: 'standard',
    sequence,
    createdAt: 0,
    needs: { cpu: 1 },
    estimatedSeconds: 10,
    runsAlone: false,
    ...changes,
  };
}

function forecastOf(
  jobs: QueuedJob[],
  options: { model?: ModelState; running?: RunningJob[]; cpu?: number } = {},
) {
  const lanes = createLanes();
  for (const one of jobs) lanes.add(one);
  const running = new Map((options.running ?? []).map((one) => [one.id, one]));
  const state = {
    lanes: lanes.all(),
    running,
    models: new Map([
      ['m1', options.model ?? ready],
      ['m2', ready],
    ]),
    capacity: { cpu: options.cpu ?? 4 },
    gpus: [],
    service: lanes.service,
    rules,
  };
  return Object.fromEntries(forecast(state, 0));
}

describe('the forecast', () => {
  test('jobs of one runner start one after another', () => {
    expect(forecastOf([job(1), job(2), job(3)])).toEqual({
      j1: { queuePosition: 1, startsInSeconds: 0 },
      j2: { queuePosition: 2, startsInSeconds: 10 },
      j3: { queuePosition: 3, startsInSeconds: 20 },
    });
  });

  test('a running job is waited for, and a runner that must start costs its start', () => {
    const running = [{ id: 'r', model: 'm1', needs: { cpu: 1 }, runsAlone: false, expectedEndAt: 4000 }];
    expect(forecastOf([job(1)], { running }).j1?.startsInSeconds).toBe(4);
    expect(forecastOf([job(1)], { model: { ...ready, state: 'stopped' } }).j1?.startsInSeconds).toBe(2);
  });

  test('runners share the CPU: with one slot they take turns', () => {
    const result = forecastOf([job(1), job(2, { model: 'm2' })], { cpu: 1 });
    expect(result.j2?.startsInSeconds).toBe(10);
    expect(forecastOf([job(1), job(2, { model: 'm2' })], { cpu: 2 }).j2?.startsInSeconds).toBe(0);
  });

  test('a more urgent job takes the place of an earlier one', () => {
    const result = forecastOf([job(1), job(2, { priority: 'interactive' })]);
    expect(result.j2).toEqual({ queuePosition: 1, startsInSeconds: 0 });
    expect(result.j1).toEqual({ queuePosition: 2, startsInSeconds: 10 });
  });

  test('the lanes that it looked at stay as they were', () => {
    const lanes = createLanes();
    lanes.add(job(1));
    const state = {
      lanes: lanes.all(),
      running: new Map(),
      models: new Map([['m1', ready]]),
      capacity: { cpu: 1 },
      gpus: [],
      service: lanes.service,
      rules,
    };
    forecast(state, 0);
    expect(lanes.find('j1')).toBeDefined();
    expect([...lanes.all()][0]?.jobs).toHaveLength(1);
  });
});
