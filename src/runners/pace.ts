import { createBudget } from './budget.ts';

/** Notifications of one runner that are taken in a second: far more than anyone looks at, and little work. */
const perSecond = 5000;

/** Keeps a runner that sends notifications without end from taking all of the appliance's time. */
export interface Pace {
  /** A notification was taken. */
  count(): void;
  /**
   * Passes `stream` on, with a pause wherever the notifications in it were too many. Meanwhile nothing is read: the
   * pipe fills, and its writer waits.
   */
  hold(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void>;
}

export function createPace(): Pace {
  const budget = createBudget({ perSecond, reserve: perSecond / 5 });
  return {
    count: () => budget.spend(1),
    async *hold(stream) {
      for await (const chunk of stream) {
        // When the next one is asked for, all that was in this one has been counted.
        yield chunk;
        const overdrawn = -budget.left();
        if (overdrawn > 0) await Bun.sleep((overdrawn / perSecond) * 1000);
      }
    },
  };
}
