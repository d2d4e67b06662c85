import { serviceOf } from './fairness.ts';
import type { Decision, QueuedJob, RunningJob, SchedulerState } from './model.ts';
import { compareRanked, type Ranked, urgencyClass } from './order.ts';
import { playRunners } from './play-runners.ts';
import { policy } from './policy.ts';

/** Where a waiting job stands. */
export interface Forecast {
  /** 1 is the next to start. */
  queuePosition: number;
  startsInSeconds: number;
}

/** Jobs played through at most; those behind stand in the policy's order of now, at the pace of those before. */
export const horizonJobsMax = 200;

/**
 * Plays the policy forward with the estimated times: when, and in which order, would the waiting jobs start
 * if nothing else came? The very policy that ships decides, so the answer is as true as the estimates.
 */
export function forecast(state: SchedulerState, now: number): Map<string, Forecast> {
  const play = copyState(state, now);
  const forecasts = new Map<string, Forecast>();
  let time = now;
  for (let rounds = 0; rounds < horizonJobsMax * 4 && forecasts.size < horizonJobsMax; rounds++) {
    for (const decision of policy(play.state, time)) {
      if (decision.kind !== 'start') {
        play.change(decision, time);
        continue;
      }
      play.start(decision.job, time);
      const startsInSeconds = (time - now) / 1000;
      forecasts.set(decision.job.id, { queuePosition: forecasts.size + 1, startsInSeconds });
    }
    const next = play.nextEventAfter(time);
    if (next === undefined) break;
    time = next;
    play.advance(time);
  }
  const secondsPerJob = (time - now) / 1000 / Math.max(1, forecasts.size);
  for (const { job } of inOrder(play.state, time)) {
    const queuePosition = forecasts.size + 1;
    forecasts.set(job.id, { queuePosition, startsInSeconds: queuePosition * secondsPerJob });
  }
  return forecasts;
}

function inOrder({ lanes, service, rules }: SchedulerState, now: number): Ranked[] {
  const ranked = [...lanes].flatMap(({ accountId, jobs }) => {
    const served = service.get(accountId) ?? 0;
    return jobs.map((job) => ({ job, served, urgencyClass: urgencyClass(job, now, rules.agingSeconds) }));
  });
  return ranked.toSorted(compareRanked);
}

function copyState(state: SchedulerState, now: number) {
  const lanes = [...state.lanes].map((lane) => ({ ...lane, jobs: [...lane.jobs] }));
  const running = new Map<string, RunningJob>();
  for (const [id, job] of state.running) {
    running.set(id, { ...job, expectedEndAt: Math.max(job.expectedEndAt, now) });
  }
  const runners = playRunners(state, now);
  const service = new Map(state.service);
  return {
    state: { ...state, lanes, running, models: runners.models, service } satisfies SchedulerState,
    change: (decision: Exclude<Decision, { kind: 'start' }>, time: number) => runners.change(decision, time),
    start(job: QueuedJob, time: number) {
      // The policy takes the heads of lanes, and no other.
      lanes.find(({ jobs }) => jobs[0] === job)?.jobs.shift();
      service.set(job.accountId, (service.get(job.accountId) ?? 0) + serviceOf(job));
      const expectedEndAt = time + job.estimatedSeconds * 1000;
      const { id, model, needs, runsAlone, gpu } = job;
      running.set(id, { id, model, needs, runsAlone, gpu, expectedEndAt });
    },
    nextEventAfter(time: number): number | undefined {
      const later = [...runners.events(time), ...[...running.values()].map((job) => job.expectedEndAt)];
      return later.length === 0 ? undefined : Math.max(time, Math.min(...later));
    },
    advance(time: number) {
      runners.advance(time);
      for (const [id, job] of running) if (job.expectedEndAt <= time) running.delete(id);
    },
  };
}
