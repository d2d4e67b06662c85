import type { Clock } from '../clock.ts';
import { type Forecast, forecast } from './forecast.ts';
import { laneName } from './lanes.ts';
import type { QueuedJob, SchedulerState } from './model.ts';

/** How old an answer may be in a queue that is too long to be played through for every question. */
const ageMaxMs = 100;
/** A queue up to this long is played through whenever it changed. */
const exactQueueLengthMax = 8;

/** Answers where jobs stand, from one forecast that is made anew when it is asked for and has grown old. */
export interface Forecasts {
  invalidate(): void;
  /** Where a waiting job stands. */
  of(job: QueuedJob, queueLength: number): Forecast;
  /** Where a job would stand if it were submitted now. */
  preview(job: QueuedJob, queueLength: number): Forecast;
}

export function createForecasts(snapshot: () => SchedulerState, clock: Clock): Forecasts {
  let known = new Map<string, Forecast>();
  /** The last place of each lane, moved back by the jobs that came since `known` was made. */
  let lastOfLane = new Map<string, Forecast>();
  let madeAt = Number.NEGATIVE_INFINITY;
  let isStale = true;

  const refresh = () => {
    const state = snapshot();
    known = forecast(state, clock());
    lastOfLane = new Map();
    for (const lane of state.lanes) {
      const last = lane.jobs.at(-1);
      const place = last && known.get(last.id);
      if (place) lastOfLane.set(laneName(lane), place);
    }
    madeAt = clock();
    isStale = false;
  };
  const refreshIfOld = (queueLength: number) => {
    const isOld = queueLength <= exactQueueLengthMax || clock() - madeAt >= ageMaxMs;
    if (isStale && isOld) refresh();
  };
  const playedThrough = (job: QueuedJob, queueLength: number): Forecast => {
    const state = snapshot();
    const own = { accountId: job.accountId, model: job.model, priority: job.priority, jobs: [job] };
    const places = forecast({ ...state, lanes: [...state.lanes, own] }, clock());
    return places.get(job.id) ?? { queuePosition: queueLength + 1, startsInSeconds: 0 };
  };
  return {
    invalidate() {
      isStale = true;
    },
    of(job, queueLength) {
      refreshIfOld(queueLength);
      const place = known.get(job.id) ?? lastOfLane.get(laneName(job));
      return place ?? { queuePosition: queueLength, startsInSeconds: 0 };
    },
    preview(job, queueLength) {
      if (queueLength <= exactQueueLengthMax) return playedThrough(job, queueLength);
      refreshIfOld(queueLength);
      const before = lastOfLane.get(laneName(job));
      const place = before
        ? { ...before, queuePosition: before.queuePosition + 1 }
        : playedThrough(job, queueLength);
      lastOfLane.set(laneName(job), place);
      return place;
    },
  };
}
