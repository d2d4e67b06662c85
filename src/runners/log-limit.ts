import type { Log } from '../log.ts';
import { createBudget } from './budget.ts';
import type { LogParams } from './protocol.ts';

const linesPerSecond = 20;
/** What a start or an error may need at once. */
const linesAtOnce = 200;

/** Writes a runner's log notifications into the appliance's log, which it can't fill. */
export interface LogLimit {
  /** Writes the line, or counts it as left out. */
  write(line: LogParams): void;
  /** Says how many lines were left out since that was last said. */
  close(): void;
}

export function createLogLimit(log: Log): LogLimit {
  const budget = createBudget({ perSecond: linesPerSecond, reserve: linesAtOnce });
  let leftOut = 0;
  const report = () => {
    if (leftOut > 0) log.warn('The runner logged too much; lines were left out.', { lines: leftOut });
    leftOut = 0;
  };
  return {
    write({ level, message, jobId }) {
      if (budget.left() < 1) {
        leftOut++;
        return;
      }
      report();
      budget.spend(1);
      log[level](message, jobId ? { jobId } : {});
    },
    close: report,
  };
}
