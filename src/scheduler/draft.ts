import { serviceOf } from './fairness.ts';
import type { Lane, ModelState, QueuedJob, RunningJob, SchedulerState } from './model.ts';
import { compareRanked, type Ranked, type Urgency, urgencyClass, urgencyOf } from './order.ts';

interface Cursor {
  lane: Lane;
  taken: number;
}

/** Something goes on with it that takes memory or the processor. */
function isChanging({ state }: ModelState): boolean {
  return state === 'starting' || state === 'waking' || state === 'parking';
}

export type Draft = ReturnType<typeof createDraft>;

/** The policy's own copy of what its decisions change: free resources, runs, service, lane heads, and quiet. */
export function createDraft(state: SchedulerState, now: number) {
  const cursors: Cursor[] = [];
  for (const lane of state.lanes) if (lane.jobs.length > 0) cursors.push({ lane, taken: 0 });
  const free: Record<string, number> = { ...state.capacity };
  const runs = new Map<string, number>();
  const skipped = new Set<string>();
  const service = new Map(state.service);
  let isQuiet = true;
  let isClosed = false;
  for (const model of state.models.values()) if (isChanging(model)) isQuiet = false;
  for (const job of state.running.values()) hold(job);

  function hold({ model, needs, runsAlone }: Omit<RunningJob, 'expectedEndAt'>): void {
    runs.set(model, (runs.get(model) ?? 0) + 1);
    for (const name in needs) free[name] = (free[name] ?? 0) - (needs[name] ?? 0);
    isQuiet = false;
    if (runsAlone) isClosed = true;
  }
  function rank(job: QueuedJob): Ranked {
    const served = service.get(job.accountId) ?? 0;
    return { job, served, urgencyClass: urgencyClass(job, now, state.rules.agingSeconds) };
  }
  return {
    runsOf: (model: string) => runs.get(model) ?? 0,
    isWanted: (model: string) => cursors.some(({ lane }) => lane.model === model),
    urgencyOf: (model: string) => mostUrgent(cursors, { model, now, agingSeconds: state.rules.agingSeconds }),
    skipModel: (model: string) => void skipped.add(model),
    isAnyWaiting: () => cursors.some(({ lane, taken }) => taken < lane.jobs.length),
    load(model: string): void {
      skipped.add(model);
      isQuiet = false;
    },
    hasRoomFor: ({ needs, runsAlone }: QueuedJob) =>
      (isQuiet || !runsAlone) && Object.entries(needs).every(([name, amount]) => (free[name] ?? 0) >= amount),
    /** The next of the waiting jobs; none beside a job that runs alone. */
    best(): (Ranked & { cursor: Cursor }) | undefined {
      if (isClosed) return undefined;
      let best: (Ranked & { cursor: Cursor }) | undefined;
      for (const cursor of cursors) {
        const job = cursor.lane.jobs[cursor.taken];
        if (!job || skipped.has(cursor.lane.model)) continue;
        const ranked = { ...rank(job), cursor };
        if (!best || compareRanked(ranked, best) < 0) best = ranked;
      }
      return best;
    },
    take({ job, cursor }: { job: QueuedJob; cursor: Cursor }): void {
      cursor.taken++;
      service.set(job.accountId, (service.get(job.accountId) ?? 0) + serviceOf(job));
      hold(job);
    },
  };
}

/** Of the most urgent of a model's jobs that still wait. */
function mostUrgent(
  cursors: readonly Cursor[],
  { model, now, agingSeconds }: { model: string; now: number; agingSeconds: number },
): Urgency | undefined {
  let most: Urgency | undefined;
  for (const { lane, taken } of cursors) {
    const job = lane.model === model ? lane.jobs[taken] : undefined;
    if (!job) continue;
    const { priority, urgencyClass: ofJob } = urgencyOf(job, now, agingSeconds);
    most = {
      priority: Math.min(priority, most?.priority ?? priority),
      urgencyClass: Math.min(ofJob, most?.urgencyClass ?? ofJob),
    };
  }
  return most;
}
