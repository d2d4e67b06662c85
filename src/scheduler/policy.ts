import { serviceOf } from './fairness.ts';
import type { Decision, Lane, ModelState, QueuedJob, RunningJob, SchedulerState } from './model.ts';
import { compareRanked, type Ranked, urgencyClass } from './order.ts';

/**
 * What to do now. Pure: the same state and time give the same decisions.
 *
 * Jobs are taken in the order of `order.ts`. A job whose runner isn't ready gets its runner loaded and lets
 * others pass, as does one whose runner is busy with its full number of runs. A job that only lacks resources
 * holds them back from all that come after it, so that small jobs can't keep a big one waiting for ever. A job
 * that runs alone lacks them as long as anything else goes on.
 */
export function policy(state: SchedulerState, now: number): Decision[] {
  const decisions: Decision[] = [];
  const draft = createDraft(state, now);
  for (;;) {
    const next = draft.best();
    if (!next) break;
    const model = state.models.get(next.job.model);
    if (!model || !canRun(model, now)) {
      draft.skipModel(next.job.model);
    } else if (model.state !== 'ready') {
      if (model.state !== 'starting') decisions.push({ kind: 'load', model: next.job.model });
      draft.load(next.job.model);
    } else if (!next.job.runsAlone && draft.runsOf(next.job.model) >= model.concurrency) {
      draft.skipModel(next.job.model);
    } else if (!draft.hasRoomFor(next.job)) {
      break;
    } else {
      decisions.push({ kind: 'start', job: next.job });
      draft.take(next);
    }
  }
  return [...decisions, ...idleModels(state, draft, now)];
}

function canRun(model: ModelState, now: number): boolean {
  return model.state !== 'stopping' && (model.state !== 'backoff' || model.retryAt <= now);
}

function idleModels(state: SchedulerState, draft: Draft, now: number): Decision[] {
  const idle: Decision[] = [];
  for (const [name, model] of state.models) {
    const isIdle = model.state === 'ready' && draft.runsOf(name) === 0 && !draft.isWanted(name);
    if (isIdle && now - model.lastUsedAt >= state.rules.idleSeconds * 1000) {
      idle.push({ kind: 'unload', model: name });
    }
  }
  return idle;
}

interface Cursor {
  lane: Lane;
  taken: number;
}

type Draft = ReturnType<typeof createDraft>;

/** The policy's own copy of what its decisions change: free resources, runs, service, lane heads, and quiet. */
function createDraft(state: SchedulerState, now: number) {
  const cursors: Cursor[] = [];
  for (const lane of state.lanes) if (lane.jobs.length > 0) cursors.push({ lane, taken: 0 });
  const free: Record<string, number> = { ...state.capacity };
  const runs = new Map<string, number>();
  const skipped = new Set<string>();
  const service = new Map(state.service);
  let isQuiet = true;
  let isClosed = false;
  for (const model of state.models.values()) if (model.state === 'starting') isQuiet = false;
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
    skipModel: (model: string) => skipped.add(model),
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
