import type { Clock } from '../clock.ts';
import { type Forecast, forecast, horizonJobsMax } from './forecast.ts';
import { laneName, laneOf } from './lanes.ts';
import type { QueuedJob, SchedulerState } from './model.ts';
import { policy } from './policy.ts';

/** A queue up to this long is played through whenever it changed, where no more jobs than this run. */
const exactQueueLengthMax = 8;
const playedRunningMax = 16;
/** Lanes × jobs that may be played through for one question about a lane that nothing is known of. */
const playedForOneMax = 4000;
/** In a longer queue an answer may be this old, and the older the longer it takes to find. */
const ageMaxMs = 100;
const playedPerMs = 100;

/** Answers where jobs stand, from one forecast that is made anew when it is asked for and has grown old. */
export interface Forecasts {
  invalidate(): void;
  /** Where a waiting job stands. */
  of(job: QueuedJob, queueLength: number): Forecast;
  /** Where a job would stand if it were submitted now. Changes nothing. */
  preview(job: QueuedJob, queueLength: number): Forecast;
}

interface LaneEnd {
  place: Forecast;
  length: number;
}

export function createForecasts(snapshot: () => SchedulerState, clock: Clock): Forecasts {
  let known = new Map<string, Forecast>();
  let laneEnds = new Map<string, LaneEnd>();
  let lastStartsInSeconds = 0;
  let freshUntil = Number.NEGATIVE_INFINITY;
  let isStale = true;

  const refresh = (queueLength: number) => {
    const state = snapshot();
    const lanes = [...state.lanes];
    known = forecast({ ...state, lanes }, clock());
    laneEnds = new Map();
    lastStartsInSeconds = 0;
    for (const lane of lanes) {
      const last = lane.jobs.at(-1);
      const place = last && known.get(last.id);
      if (!place) continue;
      laneEnds.set(laneName(lane), { place, length: lane.jobs.length });
      lastStartsInSeconds = Math.max(lastStartsInSeconds, place.startsInSeconds);
    }
    freshUntil = clock() + Math.max(ageMaxMs, effort(lanes.length, queueLength) / playedPerMs);
    isStale = false;
  };
  const isExact = (queueLength: number) =>
    queueLength <= exactQueueLengthMax && snapshot().running.size <= playedRunningMax;
  const refreshIfOld = (queueLength: number) => {
    if (isStale && (isExact(queueLength) || clock() >= freshUntil)) refresh(queueLength);
  };
  const behindAll = (queuePosition: number) => ({ queuePosition, startsInSeconds: lastStartsInSeconds });

  return {
    invalidate() {
      isStale = true;
    },
    of(job, queueLength) {
      refreshIfOld(queueLength);
      return known.get(job.id) ?? laneEnds.get(laneName(job))?.place ?? behindAll(queueLength);
    },
    preview(job, queueLength) {
      const state = snapshot();
      const lanes = [...state.lanes];
      const isShort = isExact(queueLength);
      if (!isShort) refreshIfOld(queueLength);
      const end = isShort ? undefined : laneEnds.get(laneName(job));
      if (end) {
        const length = lanes.find((lane) => laneName(lane) === laneName(job))?.jobs.length ?? end.length;
        return {
          ...end.place,
          queuePosition: end.place.queuePosition + Math.max(0, length - end.length) + 1,
        };
      }
      const isCheap =
        isShort ||
        (state.running.size <= playedRunningMax && effort(lanes.length, queueLength) <= playedForOneMax);
      return (isCheap && playedThrough(job, { ...state, lanes }, clock())) || behindAll(queueLength + 1);
    },
  };
}

function playedThrough(job: QueuedJob, state: SchedulerState, now: number): Forecast | undefined {
  const withOwn = { ...state, lanes: [...state.lanes, laneOf(job)] };
  // Most often it starts at once, which needs no playing.
  const starts = policy(withOwn, now).flatMap((decision) =>
    decision.kind === 'start' ? [decision.job] : [],
  );
  const index = starts.indexOf(job);
  return index < 0 ? forecast(withOwn, now).get(job.id) : { queuePosition: index + 1, startsInSeconds: 0 };
}

/** What playing a queue through takes, in jobs looked at. */
function effort(lanes: number, queueLength: number): number {
  return lanes * Math.min(queueLength, horizonJobsMax);
}
