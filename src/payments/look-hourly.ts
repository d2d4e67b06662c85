import type { Log } from '../log.ts';
import { type Rounds, startRounds } from './rounds.ts';

/** Looks for what a provider did that no message told of. */
export interface HourlyLook {
  /** Begins to look every hour. */
  start(): void;
  /** Looks now. */
  lookAgain(): Promise<void>;
  stop(): Promise<void>;
}

/** @param options.provider its name, for the log */
export function lookHourly(options: { provider: string; log: Log; look: () => Promise<void> }): HourlyLook {
  const { provider, log, look: work } = options;
  let rounds: Rounds | undefined;
  return {
    start() {
      rounds ??= startRounds({ name: `looking for lost news of ${provider}`, seconds: 3600, log, work });
    },
    lookAgain: () => rounds?.now() ?? work(),
    stop: async () => rounds?.stop(),
  };
}
