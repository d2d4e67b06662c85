import type { RunContext } from '../serve.ts';

/** Tells the appliance how far a job is. Both reject with EngineError `canceled` once it was canceled. */
export interface Steps {
  /** Starts the next step. */
  advance: (stage: string) => Promise<void>;
  /** Inside a long step: says again where the job stands, and lets a cancel through. */
  pause: () => Promise<void>;
}

/** Steps of equal weight, `count` in all. */
export function createSteps(context: RunContext, count: number): Steps {
  let done = -1;
  let current = '';
  const report = () => {
    const step = Math.max(0, done);
    return context.progress({ stage: current, step, steps: count, fraction: step / count });
  };
  return {
    advance(stage) {
      done++;
      current = stage;
      return report();
    },
    pause: report,
  };
}
