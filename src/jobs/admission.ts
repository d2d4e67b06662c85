import { TooManyRequests } from '../errors.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';

/** A full queue is likely to have moved after this long. */
const retrySeconds = 15;

/** Keeps the queue's caps: a submit counts from here until its job waits, however long its files take. */
export interface Admission {
  /**
   * @returns what gives the place back, once the job waits or has come to nothing
   * @throws TooManyRequests
   */
  enter(accountId: string): () => void;
}

export function createAdmission(options: {
  scheduler: Pick<Scheduler, 'waitingOf' | 'counts'>;
  queuedPerAccountMax: number;
  queuedMax: number;
}): Admission {
  const { scheduler, queuedPerAccountMax, queuedMax } = options;
  const entered = new Map<string, number>();
  let total = 0;
  return {
    enter(accountId) {
      const own = entered.get(accountId) ?? 0;
      if (scheduler.waitingOf(accountId) + own >= queuedPerAccountMax) {
        const message = `This account has ${queuedPerAccountMax} jobs waiting, the most it may have.`;
        throw new TooManyRequests(message, retrySeconds, 'account_queue_full');
      }
      if (scheduler.counts().queued + total >= queuedMax) {
        throw new TooManyRequests('The queue is full.', retrySeconds, 'queue_full');
      }
      entered.set(accountId, own + 1);
      total++;
      let isInside = true;
      return () => {
        if (!isInside) return;
        isInside = false;
        total--;
        const left = (entered.get(accountId) ?? 1) - 1;
        if (left > 0) entered.set(accountId, left);
        else entered.delete(accountId);
      };
    },
  };
}
