import type { Decision, ModelState, QueuedJob, SchedulerState } from '../../src/scheduler/model.ts';

/**
 * What others do, on the same machine and with the same three tiers: which job is next is their own rule; a model that is
 * not there takes free room, else the room of those that were used the longest time ago. Priorities mean nothing to
 * them.
 */

export type Order = (state: SchedulerState) => Iterable<QueuedJob>;

/** As they came. */
export const firstComeFirstServed: Order = ({ lanes }) => byAge(lanes);

/** Those of a model that is there before all others, as long as there are any. */
export const sameModelFirst: Order = (state) => {
  const heads = [...state.lanes].flatMap(({ jobs }) => jobs.slice(0, 1));
  const isWarm = ({ model }: QueuedJob) => state.models.get(model)?.state === 'ready';
  const bySequence = (a: QueuedJob, b: QueuedJob) => a.sequence - b.sequence;
  return [
    ...heads.filter(isWarm).toSorted(bySequence),
    ...heads.filter((job) => !isWarm(job)).toSorted(bySequence),
  ];
};

/** InvokeAI's: those of a model that is there before all others, but of the first 32 of the queue only. */
const lookAheadJobs = 32;
export const boundedLookAhead: Order = (state) => {
  const first: QueuedJob[] = [];
  for (const job of byAge(state.lanes)) {
    if (first.length === lookAheadJobs) break;
    first.push(job);
  }
  const isWarm = ({ model }: QueuedJob) => state.models.get(model)?.state === 'ready';
  return [...first.filter(isWarm), ...first.filter((job) => !isWarm(job))];
};

/** One after another: what can't start yet holds back what comes after it, but each GPU can be made ready meanwhile. */
export function rivalPolicy(order: Order) {
  return (state: SchedulerState, _now: number): Decision[] => {
    const round = createRound(state);
    let waiting = 0;
    for (const job of order(state)) {
      if (round.start(job)) continue;
      round.bring(job);
      waiting++;
      if (waiting >= state.gpus.length) break;
    }
    return round.decisions;
  };
}

function* byAge(lanes: SchedulerState['lanes']): Generator<QueuedJob> {
  const cursors = [...lanes].map(({ jobs }) => ({ jobs, next: 0 }));
  for (;;) {
    let oldest: (typeof cursors)[number] | undefined;
    const sequenceOf = ({ jobs, next }: (typeof cursors)[number]) => jobs[next]?.sequence ?? Infinity;
    for (const cursor of cursors) if (!oldest || sequenceOf(cursor) < sequenceOf(oldest)) oldest = cursor;
    const job = oldest?.jobs[oldest.next];
    if (!oldest || !job) return;
    oldest.next++;
    yield job;
  }
}

/** What is free, and what comes free, as the decisions of this round change it. */
function createBooks(state: SchedulerState) {
  const decisions: Decision[] = [];
  const free = new Map(state.gpus.map(({ id, bytes }) => [id, bytes]));
  const coming = new Map<string, number>();
  const busy = new Set<string>();
  const gone = new Set<string>();
  let hostFree = state.rules.parkedBytesMax;
  const add = (to: Map<string, number>, gpu: string, bytes: number) =>
    to.set(gpu, (to.get(gpu) ?? 0) + bytes);
  for (const { state: is, gpu } of state.models.values()) {
    if (!gpu) continue;
    if (is === 'parking' || is === 'parked' || is === 'waking') hostFree -= gpu.hostBytes;
    if (gpu.device === null || is === 'parked' || is === 'stopped') continue;
    add(free, gpu.device, -gpu.heldBytes);
    if (is === 'parking' || is === 'stopping') add(coming, gpu.device, gpu.heldBytes);
  }
  for (const { model, gpu } of state.running.values()) {
    busy.add(model);
    add(free, deviceOf(state, model) ?? '', -(gpu?.runBytes ?? 0));
  }
  return {
    ...{ decisions, busy, gone },
    freeBytes: (gpu: string) => free.get(gpu) ?? 0,
    roomBytes: (gpu: string) => (free.get(gpu) ?? 0) + (coming.get(gpu) ?? 0),
    take: (gpu: string, bytes: number) => add(free, gpu, -bytes),
    takeOff(name: string, of: ModelState['gpu']): void {
      gone.add(name);
      const isParked = hostFree >= (of?.hostBytes ?? 0);
      if (isParked) hostFree -= of?.hostBytes ?? 0;
      add(coming, of?.device ?? '', of?.heldBytes ?? 0);
      decisions.push({ kind: isParked ? 'park' : 'unload', model: name });
    },
  };
}

function createRound(state: SchedulerState) {
  const books = createBooks(state);
  const { decisions, busy, gone } = books;

  /** Takes off those that were used the longest time ago. @returns whether there is, or will be, room */
  function makeRoom(gpu: string, bytes: number, own: string): boolean {
    const victims = [...state.models]
      .filter(([name, { state: is }]) => is === 'ready' && name !== own && !busy.has(name) && !gone.has(name))
      .filter(([name]) => deviceOf(state, name) === gpu)
      .toSorted(([, a], [, b]) => a.lastUsedAt - b.lastUsedAt);
    let room = books.roomBytes(gpu);
    const chosen: typeof victims = [];
    for (const victim of victims) {
      if (room >= bytes) break;
      chosen.push(victim);
      room += victim[1].gpu?.heldBytes ?? 0;
    }
    if (room < bytes) return false;
    for (const [name, { gpu: of }] of chosen) books.takeOff(name, of);
    return true;
  }

  return {
    decisions,
    start(job: QueuedJob): boolean {
      const device = deviceOf(state, job.model);
      const runBytes = job.gpu?.runBytes ?? 0;
      const isReady = state.models.get(job.model)?.state === 'ready' && !gone.has(job.model);
      if (!isReady || busy.has(job.model) || device === null || books.freeBytes(device) < runBytes)
        return false;
      busy.add(job.model);
      books.take(device, runBytes);
      decisions.push({ kind: 'start', job });
      return true;
    },
    bring({ model: name, gpu }: QueuedJob): void {
      const model = state.models.get(name);
      const device = deviceOf(state, name);
      const runBytes = gpu?.runBytes ?? 0;
      if (!model?.gpu || gone.has(name) || busy.has(name)) return;
      if (model.state === 'ready' && device !== null) makeRoom(device, runBytes, name);
      if (model.state !== 'stopped' && model.state !== 'parked') return;
      const bytes = model.gpu.heldBytes + runBytes;
      const byRoom = state.gpus.toSorted((a, b) => books.freeBytes(b.id) - books.freeBytes(a.id));
      const ownFirst = [
        ...byRoom.filter(({ id }) => id === device),
        ...byRoom.filter(({ id }) => id !== device),
      ];
      const target = ownFirst.find(({ id }) => makeRoom(id, bytes, name));
      if (!target) return;
      gone.add(name);
      if (device !== null && device !== target.id) decisions.push({ kind: 'unload', model: name });
      else if (books.freeBytes(target.id) >= bytes) {
        decisions.push({ kind: device === null ? 'load' : 'wake', model: name, device: target.id });
      }
      books.take(target.id, bytes);
    },
  };
}

function deviceOf(state: SchedulerState, model: string): string | null {
  return state.models.get(model)?.gpu?.device ?? null;
}
