import { PlannerFailed } from '../planner.ts';

/**
 * Ends work that takes too long.
 * @throws PlannerFailed when the time is over; the caller's own reason when it goes away
 */
export async function withinSeconds<Result>(
  { planner, seconds, signal }: { planner: string; seconds: number; signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const late = AbortSignal.timeout(seconds * 1000);
  try {
    return await work(AbortSignal.any([signal, late]));
  } catch (error) {
    signal.throwIfAborted();
    if (!late.aborted) throw error;
    const why = `did not answer within ${seconds} s (studio.plannerTimeoutSeconds).`;
    throw new PlannerFailed(planner, why, error);
  }
}
