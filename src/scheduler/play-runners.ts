import type { Decision, ModelState, SchedulerState } from './model.ts';

/** Ending a process that held a model. */
const exitSeconds = 0.5;

type Change = Exclude<Decision, { kind: 'start' }>;

/** Copies of the runners that change as decided, in the time that it is expected to take. */
export function playRunners(state: SchedulerState, now: number) {
  const models = new Map<string, ModelState>();
  for (const [name, model] of state.models) {
    models.set(name, model.gpu ? { ...model, gpu: { ...model.gpu } } : { ...model });
  }
  const ends = new Map<string, { at: number; to: ModelState['state'] }>();
  const begin = (name: string, via: ModelState['state'], time: number) => {
    const model = models.get(name);
    const change = model && changeOf(model, via);
    if (!model || !change) return;
    model.state = via;
    ends.set(name, { at: time + change.seconds * 1000, to: change.to });
  };
  for (const [name, model] of models) begin(name, model.state, now);
  return {
    models,
    change(decision: Change, time: number): void {
      const { gpu } = models.get(decision.model) ?? {};
      if (decision.kind === 'load' && gpu) gpu.device = decision.device ?? null;
      // An idle runner of the processor is in nobody's way.
      if (decision.kind === 'unload' && !gpu) return;
      begin(decision.model, changingBy[decision.kind], time);
    },
    /** When something changes after this time. */
    events(time: number): number[] {
      const retries = [...models.values()]
        .filter((model) => model.state === 'backoff')
        .map(({ retryAt }) => retryAt);
      return [...[...ends.values()].map(({ at }) => at), ...retries.filter((at) => at > time)];
    },
    advance(time: number): void {
      for (const [name, { at, to }] of ends) {
        const model = models.get(name);
        if (at > time || !model) continue;
        ends.delete(name);
        arrive(model, to, time);
      }
    },
  };
}

const changingBy = { load: 'starting', wake: 'waking', park: 'parking', unload: 'stopping' } as const;

/** How a state that passes ends; undefined for one that lasts. */
function changeOf({ startSeconds, gpu }: ModelState, via: ModelState['state']) {
  if (via === 'starting') return { to: 'ready', seconds: startSeconds } as const;
  if (!gpu) return undefined;
  if (via === 'waking') return { to: 'ready', seconds: gpu.wakeSeconds } as const;
  if (via === 'parking') return { to: 'parked', seconds: gpu.parkSeconds } as const;
  return via === 'stopping' ? ({ to: 'stopped', seconds: exitSeconds } as const) : undefined;
}

function arrive(model: ModelState, to: ModelState['state'], time: number): void {
  const { gpu } = model;
  if (gpu && to === 'ready') {
    gpu.cameInSeconds = model.state === 'waking' ? gpu.wakeSeconds : model.startSeconds;
    gpu.readySince = time;
  }
  if (gpu && to === 'stopped') gpu.device = null;
  if (to === 'ready') model.lastUsedAt = time;
  model.state = to;
}
