import { RunnerStartError } from '../runners/runner.ts';
import type { JobParts } from './parts.ts';
import { settleJob } from './settle-job.ts';

/** Starts that fail for this long, one after another, before the jobs that wait for the runner are given up. */
const failingSecondsMax = 60;
/** Starts further apart than this are not one after another: meanwhile nothing was tried, as when the GPU was lost. */
const gapSecondsMax = 120;

/** Starts runners, parks and wakes models on the scheduler's word; one that never starts must not keep its jobs waiting for ever. */
export function createLoads(parts: JobParts) {
  const { runners, log } = parts;
  const failing = new Map<string, { since: number; lastAt: number }>();
  const begin = async (model: string, device?: string) => {
    try {
      await runners.runnerFor(model).start(device === undefined ? {} : { device });
      failing.delete(model);
    } catch (error) {
      if (parts.scheduler.isStopped()) return;
      const now = parts.steadyClock();
      const before = failing.get(model);
      const isSeries = before !== undefined && now - before.lastAt <= gapSecondsMax * 1000;
      const since = isSeries ? before.since : now;
      failing.set(model, { since, lastAt: now });
      log.error('runner did not start', { model, error });
      const message =
        error instanceof RunnerStartError ? error.failure.message : 'Its runner could not be started.';
      if (now - since < failingSecondsMax * 1000) return;
      failing.delete(model);
      await failWaiting(parts, model, message);
    }
  };
  return {
    start(model: string, device?: string): void {
      begin(model, device).catch((error) => log.error('starting a runner broke', { model, error }));
    },
    change(model: string, method: 'park' | 'wake'): void {
      const runner = runners.runnerFor(model);
      const change = async () => {
        const outcome = await runner.changeResidency(method);
        if (outcome.ok || parts.scheduler.isStopped()) return;
        // Its memory is wanted, or its place is taken: loaded anew, it goes where there is room.
        log.warn('a model could not be parked or woken', { model, method, ...outcome.failure });
        await runner.stop({ graceSeconds: 0 });
      };
      change().catch((error) => log.error('parking or waking a model broke', { model, error }));
    },
  };
}

async function failWaiting(parts: JobParts, model: string, message: string): Promise<void> {
  for (const job of parts.store.open()) {
    if (job.model !== model || !parts.scheduler.withdraw(job.id)) continue;
    await settleJob(parts, job.id, 'queued', { status: 'failed', code: 'start_failed', message });
    await parts.cleanUp.removeJob(job.id);
  }
}
