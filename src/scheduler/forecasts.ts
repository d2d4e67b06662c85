import type { Clock } from '../clock.ts';
import { type Forecast, forecast } from './forecast.ts';
import type { SchedulerState } from './model.ts';

/** How old an answer may be while a long queue moves. */
const ageMaxMs = 250;
/** A queue up to this long is forecast anew whenever it changed. */
const exactQueueLengthMax = 64;

/** The last forecast, made anew when it is asked for and the queue has changed. */
export function createForecasts(snapshot: () => SchedulerState, clock: Clock) {
  let known: Map<string, Forecast> = new Map();
  let last: Forecast = { queuePosition: 0, startsInSeconds: 0 };
  let madeAt = Number.NEGATIVE_INFINITY;
  let isStale = true;
  const refresh = () => {
    known = forecast(snapshot(), clock());
    last = [...known.values()].at(-1) ?? { queuePosition: 0, startsInSeconds: 0 };
    madeAt = clock();
    isStale = false;
  };
  return {
    invalidate() {
      isStale = true;
    },
    /** A job that came after the last forecast of a long queue stands behind all that was in it. */
    of(jobId: string, queueLength: number): Forecast {
      const isOld = queueLength <= exactQueueLengthMax || clock() - madeAt >= ageMaxMs;
      if (isStale && isOld) refresh();
      return known.get(jobId) ?? { queuePosition: queueLength, startsInSeconds: last.startsInSeconds };
    },
  };
}
