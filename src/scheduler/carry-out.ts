import type { GpuMemory, Resident } from './gpu-memory.ts';
import { chanceOfUse, isParkable } from './keep-value.ts';
import type { RoomPlan } from './make-room.ts';
import type { Decision, ModelState, SchedulerState } from './model.ts';
import type { Urgency } from './order.ts';

/** One round of the policy, as far as it is about GPUs. */
export interface Round {
  state: SchedulerState;
  now: number;
  memory: GpuMemory;
  /** Of the most urgent of a model's waiting jobs; undefined where none waits. */
  urgencyOf: (model: string) => Urgency | undefined;
  /** From now on no job of this model starts in this round. */
  skipModel: (model: string) => void;
  /** Models whose place is decided in this round: they go, or a run of them is given room. Nobody asks them to go. */
  decided: Set<string>;
  /** GPUs that a job waits to break into: none behind it does so before. */
  promised: Map<string, Promised>;
}

/** What a job waits for: free room, and models whose time it is until then. They may use that room, and nobody else. */
export interface Promised {
  bytes: number;
  until: ReadonlySet<string>;
}

/** Takes the victims off, as far as they are idle. What comes free is for the one who asked to take or reserve. */
export function carryOut(round: Round, { gpu, victims, runsToEnd }: RoomPlan): Decision[] {
  const { memory, decided, skipModel } = round;
  const decisions: Decision[] = [];
  for (const victim of victims) {
    decided.add(victim.name);
    skipModel(victim.name);
    memory.leaves(gpu.id, victim.bytes);
    if (victim.runs.length === 0) decisions.push(...takeOff(round, victim));
  }
  for (const { name, runs } of runsToEnd) {
    skipModel(name);
    for (const run of runs) memory.leaves(gpu.id, run.bytes);
  }
  return decisions;
}

/** Keeps what a job waits for as it is, so that nobody who comes later makes it wait longer. */
export function promise(round: Round, { gpu, victims, runsToEnd }: RoomPlan, bytes: number): void {
  const { memory, promised } = round;
  if (promised.has(gpu.id)) return;
  const coming = victims.reduce((sum, victim) => sum + victim.bytes, 0);
  const leaving = memory.roomBytes(gpu.id) - memory.freeBytes(gpu.id);
  const ofFree = Math.max(0, bytes - coming - leaving);
  memory.take(gpu.id, ofFree);
  const until = new Set([...victims, ...runsToEnd].map(({ name }) => name));
  promised.set(gpu.id, { bytes: ofFree, until });
}

/** Into the host's memory, where there is room for it or where it is worth more than what is there. */
function takeOff(round: Round, { name, model }: Resident): Decision[] {
  const { state, memory, decided } = round;
  const hostBytes = model.gpu?.hostBytes ?? 0;
  if (!isParkable(model, state.rules)) return [{ kind: 'unload', model: name }];
  if (memory.hostFreeBytes() >= hostBytes) {
    memory.takeHost(hostBytes);
    return [{ kind: 'park', model: name }];
  }
  const missing = hostBytes - memory.hostFreeBytes();
  const worthless = parkedOfLessValue(round, savedSeconds(round, name, model), missing);
  if (!worthless) return [{ kind: 'unload', model: name }];
  // It is parked in a later round, when they are gone.
  for (const parked of worthless) decided.add(parked);
  return worthless.map((parked) => ({ kind: 'unload', model: parked }));
}

/** What it is worth to have a model in the host's memory and not on disk. */
function savedSeconds({ urgencyOf, now }: Round, name: string, model: ModelState): number {
  const chance = chanceOfUse(model, urgencyOf(name) !== undefined, now);
  return chance * Math.max(0, model.startSeconds - (model.gpu?.wakeSeconds ?? 0));
}

function parkedOfLessValue(round: Round, valueSeconds: number, bytes: number): string[] | null {
  const parked = [...round.state.models]
    .filter(([name, { state }]) => state === 'parked' && !round.urgencyOf(name) && !round.decided.has(name))
    .map(([name, model]) => ({
      name,
      bytes: model.gpu?.hostBytes ?? 0,
      saved: savedSeconds(round, name, model),
    }))
    .sort((a, b) => a.saved / (a.bytes || 1) - b.saved / (b.bytes || 1));
  const chosen: string[] = [];
  let given = 0;
  let lost = 0;
  for (const candidate of parked) {
    if (given >= bytes) break;
    chosen.push(candidate.name);
    given += candidate.bytes;
    lost += candidate.saved;
  }
  return given >= bytes && lost < valueSeconds ? chosen : null;
}
