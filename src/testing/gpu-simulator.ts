import { createLanes } from '../scheduler/lanes.ts';
import type {
  Decision,
  GpuBudget,
  ModelState,
  Priority,
  QueuedJob,
  RunningJob,
  SchedulerRules,
  SchedulerState,
} from '../scheduler/model.ts';

/**
 * A machine with GPUs, played event by event: models load, run, are parked and woken in the time that they take. Runs on
 * one GPU share it evenly, as the hardware does; copies of weights don't slow them down.
 */

export interface SimulatedModel {
  name: string;
  heldBytes: number;
  hostBytes: number;
  startSeconds: number;
  wakeSeconds: number;
  parkSeconds: number;
  isPinned?: boolean;
}

export interface SimulatedJob {
  model: string;
  priority: Priority;
  accountId?: string;
  arrivesAtSeconds: number;
  /** Alone on a GPU. */
  seconds: number;
  runBytes: number;
  isAlone?: boolean;
}

export interface Simulation {
  gpus: readonly GpuBudget[];
  models: readonly SimulatedModel[];
  /** In the order of their arrival. */
  jobs: readonly SimulatedJob[];
  rules: SchedulerRules;
  policy: (state: SchedulerState, now: number) => Decision[];
  /** Called after each step. */
  onState?: (state: SchedulerState) => void;
}

export interface SimulatedRun {
  job: SimulatedJob;
  startedAtSeconds: number;
  endedAtSeconds: number;
}

export interface SimulationResult {
  /** In the order of the jobs. Of a job that never ran the times are infinite. */
  runs: SimulatedRun[];
  makespanSeconds: number;
  /** Models that came onto a GPU, from disk or from the host's memory. */
  swaps: number;
}

/** The run loop decides again after this long without an event. */
const decideEverySeconds = 1;
/** Ending a process. */
const exitSeconds = 0.5;

interface Active {
  job: RunningJob;
  device: string;
  /** Of the GPU's time, still to be had. */
  leftSeconds: number;
}

export function simulate(simulation: Simulation): SimulationResult {
  const machine = createMachine(simulation);
  for (let idle = 0; machine.endedCount() < simulation.jobs.length && idle < 100_000; idle++) {
    machine.decide();
    if (machine.advance()) idle = 0;
  }
  return machine.result();
}

function createMachine({ gpus, models: list, jobs, rules, policy, onState }: Simulation) {
  const lanes = createLanes();
  const models = new Map(list.map((model) => [model.name, initialState(model)]));
  const changes = new Map<string, { at: number; to: ModelState['state'] }>();
  const active = new Map<string, Active>();
  const running = new Map<string, RunningJob>();
  const runs = jobs.map((job) => ({
    job,
    startedAtSeconds: Number.POSITIVE_INFINITY,
    endedAtSeconds: Number.POSITIVE_INFINITY,
  }));
  const lastUse = new Map<string, number>();
  let now = 0;
  let arrived = 0;
  let ended = 0;
  let swaps = 0;

  const state = (): SchedulerState => ({
    ...{ lanes: lanes.all(), running, models, gpus, rules, service: lanes.service },
    capacity: { cpu: 1000 },
  });
  const change = (
    name: string,
    to: { via: ModelState['state']; to: ModelState['state']; seconds: number },
  ) => {
    const model = models.get(name);
    if (!model) return;
    model.state = to.via;
    if (model.gpu && to.to === 'ready') model.gpu.cameInSeconds = to.seconds;
    changes.set(name, { at: now + to.seconds, to: to.to });
  };
  const start = (job: QueuedJob) => {
    const device = models.get(job.model)?.gpu?.device ?? '';
    lanes.start(job);
    const started = { ...job, expectedEndAt: (now + job.estimatedSeconds) * 1000 };
    running.set(job.id, started);
    active.set(job.id, { job: started, device, leftSeconds: job.estimatedSeconds });
    const run = runs[Number(job.id)];
    if (run) run.startedAtSeconds = now;
  };
  const apply = (decision: Decision) => {
    if (decision.kind === 'start') return start(decision.job);
    const model = models.get(decision.model);
    if (!model?.gpu) return;
    const { startSeconds, gpu } = model;
    switch (decision.kind) {
      case 'load':
        gpu.device = decision.device ?? null;
        return change(decision.model, { via: 'starting', to: 'ready', seconds: startSeconds });
      case 'wake':
        return change(decision.model, { via: 'waking', to: 'ready', seconds: gpu.wakeSeconds });
      case 'park':
        return change(decision.model, { via: 'parking', to: 'parked', seconds: gpu.parkSeconds });
      case 'unload':
        if (model.state === 'parked') gpu.device = null;
        return change(decision.model, { via: 'stopping', to: 'stopped', seconds: exitSeconds });
    }
  };
  const shareOf = ({ device }: Active) =>
    1 / [...active.values()].filter((other) => other.device === device).length;
  const nextEvent = () => {
    const times = [...changes.values()].map(({ at }) => at);
    for (const run of active.values()) times.push(now + run.leftSeconds / shareOf(run));
    const arrival = jobs[arrived]?.arrivesAtSeconds;
    if (arrival !== undefined) times.push(arrival);
    return Math.min(...times);
  };
  const arrive = () => {
    for (let job = jobs[arrived]; job && job.arrivesAtSeconds <= now + 1e-9; job = jobs[arrived]) {
      lanes.add(queued(job, arrived));
      arrived++;
    }
  };
  const endRuns = () => {
    for (const [id, { job, leftSeconds }] of active) {
      if (leftSeconds > 1e-9) continue;
      active.delete(id);
      running.delete(id);
      ended++;
      const run = runs[Number(id)];
      if (run) run.endedAtSeconds = now;
      const model = models.get(job.model);
      if (!model?.gpu) continue;
      const before = lastUse.get(job.model);
      if (before !== undefined)
        model.gpu.usedEverySeconds += 0.2 * (now - before - model.gpu.usedEverySeconds);
      lastUse.set(job.model, now);
      model.lastUsedAt = now * 1000;
    }
  };
  const settle = () => {
    for (const [name, { at, to }] of changes) {
      const model = models.get(name);
      if (!model?.gpu || at > now + 1e-9) continue;
      changes.delete(name);
      model.state = to;
      if (to === 'stopped') model.gpu.device = null;
      if (to !== 'ready') continue;
      model.gpu.readySince = now * 1000;
      model.lastUsedAt = now * 1000;
      swaps++;
    }
  };
  return {
    endedCount: () => ended,
    decide() {
      arrive();
      for (const decision of policy(state(), now * 1000)) apply(decision);
      onState?.(state());
    },
    /** To the next event, or the next time to decide. @returns whether something happened */
    advance(): boolean {
      const event = nextEvent();
      const next = lanes.size > 0 ? Math.min(event, now + decideEverySeconds) : event;
      if (!Number.isFinite(next)) return false;
      const passed = next - now;
      const shares = [...active.values()].map((run) => ({ run, share: shareOf(run) }));
      for (const { run, share } of shares) run.leftSeconds -= passed * share;
      now = next;
      endRuns();
      settle();
      return next === event;
    },
    result: (): SimulationResult => {
      const ends = runs.map(({ endedAtSeconds }) => endedAtSeconds);
      return { runs, swaps, makespanSeconds: ends.reduce((latest, end) => Math.max(latest, end), 0) };
    },
  };
}

function initialState(model: SimulatedModel): ModelState {
  const { heldBytes, hostBytes, startSeconds, wakeSeconds, parkSeconds, isPinned = false } = model;
  return {
    ...{ state: 'stopped', retryAt: 0, concurrency: 1, lastUsedAt: 0, startSeconds },
    gpu: {
      ...{ device: null, heldBytes, hostBytes, wakeSeconds, parkSeconds, isPinned },
      ...{ readySince: 0, cameInSeconds: 0, usedEverySeconds: 60, isPreloaded: false },
    },
  };
}

function queued(job: SimulatedJob, sequence: number): QueuedJob {
  const { model, priority, accountId = 'a', seconds, runBytes, arrivesAtSeconds, isAlone = false } = job;
  return {
    ...{ id: String(sequence), accountId, model, priority, sequence },
    createdAt: arrivesAtSeconds * 1000,
    needs: {},
    estimatedSeconds: seconds,
    runsAlone: false,
    gpu: { runBytes, isAlone },
  };
}
