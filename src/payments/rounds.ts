import type { Log } from '../log.ts';
import { settlesWithin } from '../runners/deadline.ts';

/** Work that is done soon and then every so many seconds, never twice at a time. */
export interface Rounds {
  /** Does it now, or waits for the one under way. A failure is logged. */
  now(): Promise<void>;
  /** Resolves when the one under way is over, or after two seconds: it may wait for a provider. */
  stop(): Promise<void>;
}

/** The first round comes when the start is over, which it would hold up. */
const firstAfterSeconds = 10;

export function startRounds(options: {
  name: string;
  seconds: number;
  log: Log;
  work: () => Promise<void>;
}): Rounds {
  const { name, seconds, log, work } = options;
  let underWay: Promise<void> | undefined;
  let isStopped = false;
  const now = async () => {
    if (isStopped) return;
    // Whoever asks for one before has it already.
    clearTimeout(first);
    underWay ??= work()
      .catch((error) => log.warn(`${name} failed; it is done again later`, { error }))
      .finally(() => (underWay = undefined));
    await underWay;
  };
  const first = setTimeout(() => void now(), firstAfterSeconds * 1000);
  // A timer and no calendar: one that is set back for days would stand still for days.
  const timer = setInterval(() => void now(), seconds * 1000);
  return {
    now,
    async stop() {
      isStopped = true;
      clearTimeout(first);
      clearInterval(timer);
      if (underWay) await settlesWithin(underWay, 2);
    },
  };
}
