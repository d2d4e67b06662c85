import { TooManyRequests } from '../errors.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import { createPlaces } from './places.ts';

/** Told where every place is taken by a request whose files are still coming: when they will be here, nobody knows. */
const retrySecondsUnknown = 15;
/** A forecast is a guess, and a far one is hardly that. */
const retrySecondsBounds = { min: 1, max: 300 };

/** Keeps the queue's caps: a submit counts from here until its job waits, however long its files take. */
export interface Admission {
  /**
   * @returns what gives the place back, once the job waits or has come to nothing
   * @throws TooManyRequests, to be tried again when a waiting job is likely to have started
   */
  enter(accountId: string): () => void;
}

export function createAdmission(options: {
  scheduler: Pick<Scheduler, 'waitingOf' | 'counts' | 'secondsToNextStart'>;
  queuedPerAccountMax: number;
  queuedMax: number;
}): Admission {
  const { scheduler, queuedPerAccountMax, queuedMax } = options;
  const entered = createPlaces();
  return {
    enter(accountId) {
      if (scheduler.waitingOf(accountId) + entered.of(accountId) >= queuedPerAccountMax) {
        const message = `This account has ${queuedPerAccountMax} jobs waiting, the most it may have.`;
        const retrySeconds = retryAfter(scheduler.secondsToNextStart(accountId));
        throw new TooManyRequests(message, retrySeconds, 'account_queue_full');
      }
      if (scheduler.counts().queued + entered.total >= queuedMax) {
        const retrySeconds = retryAfter(scheduler.secondsToNextStart());
        throw new TooManyRequests('The queue is full.', retrySeconds, 'queue_full');
      }
      return entered.take(accountId);
    },
  };
}

function retryAfter(seconds: number | null): number {
  const { min, max } = retrySecondsBounds;
  return Math.min(max, Math.max(min, Math.ceil(seconds ?? retrySecondsUnknown)));
}
