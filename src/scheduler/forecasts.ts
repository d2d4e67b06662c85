import type { Clock } from '../clock.ts';
import { type Forecast, forecast } from './forecast.ts';
import type { Lane, QueuedJob, SchedulerState } from './model.ts';

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
  const ofLaneOf = (job: QueuedJob): Forecast | undefined => {
    const lane = [...snapshot().lanes].find((candidate) => belongsTo(candidate, job));
    const before = lane?.jobs.at(-1);
    return before && known.get(before.id);
  };
  return {
    /**
     * Where a job that isn't submitted yet would stand. In a long queue that is right behind the last job of
     * its own lane, as far as that is known; else it is played through.
     */
    preview(job: QueuedJob, queueLength: number): Forecast {
      const before = queueLength > exactQueueLengthMax ? ofLaneOf(job) : undefined;
      if (before) return { ...before, queuePosition: before.queuePosition + 1 };
      const state = snapshot();
      return forecast({ ...state, lanes: withJob(state.lanes, job) }, clock()).get(job.id) ?? last;
    },
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

function belongsTo(lane: Lane, job: QueuedJob): boolean {
  return lane.accountId === job.accountId && lane.model === job.model && lane.priority === job.priority;
}

function withJob(lanes: Iterable<Lane>, job: QueuedJob): Lane[] {
  const all = [...lanes];
  const own = all.find((lane) => belongsTo(lane, job));
  const { accountId, model, priority } = job;
  const extended: Lane = { accountId, model, priority, jobs: [...(own?.jobs ?? []), job] };
  return [...all.filter((lane) => lane !== own), extended];
}
