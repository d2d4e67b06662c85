import type { Promised, Round } from './carry-out.ts';
import type { Resident } from './gpu-memory.ts';
import { chanceOfUse, returnSeconds } from './keep-value.ts';
import type { GpuBudget } from './model.ts';
import type { Urgency } from './order.ts';

/** What has to happen before there is room on one GPU. */
export interface RoomPlan {
  gpu: GpuBudget;
  /** Models that must go. Those that compute finish what they do first. */
  victims: Victim[];
  /** There is room only when runs of models that stay have ended. */
  runsToEnd: Resident[];
  /** Before this time it would be unfair to the models that must go or wait. */
  allowedAt: number;
  /** What it costs, in seconds: until the victims would be back, as likely as they are wanted, and the wait for runs. */
  costSeconds: number;
}

export interface Victim extends Resident {
  /** What comes free when it has gone. */
  bytes: number;
  valueSeconds: number;
  allowedAt: number;
}

export interface RoomRequest {
  gpu: GpuBudget;
  bytes: number;
  /** Who asks. */
  model: string;
  urgency: Urgency;
  /** Everything that isn't pinned must go, however little is needed. */
  isAlone: boolean;
}

/** The least that must go for this room; null where not even all would do, as models that just come can't go. */
export function planRoom(round: Round, request: RoomRequest): RoomPlan | null {
  const { memory } = round;
  const { gpu, bytes, isAlone } = request;
  const missing = bytes - memory.roomBytes(gpu.id);
  if (missing <= 0 && !isAlone) return planOf(round, request, [], []);
  const others = promisedToOthers(round, request);
  const candidates = memory
    .residentsOf(gpu.id)
    .filter(({ name, model }) => name !== request.model && isEvictable(model))
    .filter(({ name }) => !round.decided.has(name) && !others?.until.has(name))
    .map((resident) => judge(round, request, resident))
    .sort(byPreference);
  if (isAlone) return planOf(round, request, candidates, othersRunning(round, request, candidates));
  const idle = candidates.filter(isFreeToGo);
  const ofIdle = leastOf(idle, missing);
  if (ofIdle) return planOf(round, request, ofIdle, []);
  const running = othersRunning(round, request, []);
  const afterRuns = leastOf(idle, missing - bytesOfRuns(running));
  const plans: RoomPlan[] = [];
  if (afterRuns) plans.push(planOf(round, request, afterRuns, running));
  const ofAll = leastOf(candidates, missing);
  if (ofAll) plans.push(planOf(round, request, ofAll, []));
  else if (!afterRuns) {
    const staying = othersRunning(round, request, candidates);
    const ofAllAfterRuns = leastOf(candidates, missing - bytesOfRuns(staying));
    if (ofAllAfterRuns) plans.push(planOf(round, request, ofAllAfterRuns, staying));
  }
  return cheapestAllowed(plans, round.now);
}

/** What a job that goes before this one waits for there, if this one has no part in it. */
function promisedToOthers({ promised }: Round, { gpu, model }: RoomRequest): Promised | undefined {
  const promise = promised.get(gpu.id);
  return promise?.until.has(model) ? undefined : promise;
}

/** The cheapest of those that are allowed now, else the one that is allowed first. */
export function cheapestAllowed<Plan extends RoomPlan>(plans: readonly Plan[], now: number): Plan | null {
  const [best = null] = plans.toSorted(
    (a, b) =>
      compare(Math.max(a.allowedAt, now), Math.max(b.allowedAt, now)) || a.costSeconds - b.costSeconds,
  );
  return best;
}

/** Also of two infinite ones. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

function isEvictable({ state, gpu }: Resident['model']): boolean {
  return state === 'ready' && gpu?.isPinned === false;
}

function judge(round: Round, request: RoomRequest, resident: Resident): Victim {
  const { now, state } = round;
  const isWanted = round.urgencyOf(resident.name) !== undefined;
  const valueSeconds =
    chanceOfUse(resident.model, isWanted, now) * returnSeconds(resident.model, state.rules);
  return {
    ...resident,
    bytes: resident.heldBytes + bytesOfRuns([resident]),
    valueSeconds,
    allowedAt: allowedAt(round, request, resident),
  };
}

/**
 * Until when a model that must go for another may serve its own jobs: without an end where they go before that job in
 * the queue anyway; where they are as urgent as it, for `warmPreference` times what its own coming and going takes, from
 * when it came. So exchanges take at most 1 / (1 + `warmPreference`) of the time.
 */
function allowedAt(round: Round, request: RoomRequest, { name, model }: Resident): number {
  const waiting = round.urgencyOf(name);
  if (!waiting || !model.gpu) return 0;
  if (promisedToOthers(round, request)) return Number.POSITIVE_INFINITY;
  if (waiting.urgencyClass < request.urgency.urgencyClass) return Number.POSITIVE_INFINITY;
  if (waiting.priority > request.urgency.priority) return 0;
  const { parkSeconds, readySince, cameInSeconds } = model.gpu;
  return readySince + round.state.rules.warmPreference * (cameInSeconds + parkSeconds) * 1000;
}

/** It computes nothing, and nobody as urgent waits for it. */
function isFreeToGo(victim: Victim): boolean {
  return victim.runs.length === 0 && victim.allowedAt === 0;
}

/** Who may go at once first, then who is worth the least for its size. */
function byPreference(a: Victim, b: Victim): number {
  if (isFreeToGo(a) !== isFreeToGo(b)) return isFreeToGo(a) ? -1 : 1;
  const [valueOfA, valueOfB] = [a.valueSeconds / (a.bytes || 1), b.valueSeconds / (b.bytes || 1)];
  return compare(a.allowedAt, b.allowedAt) || valueOfA - valueOfB;
}

/** The first of them that give so many bytes, without those that are then not needed. */
function leastOf(candidates: readonly Victim[], missing: number): Victim[] | null {
  const chosen: Victim[] = [];
  let given = 0;
  for (const candidate of candidates) {
    if (given >= missing) break;
    chosen.push(candidate);
    given += candidate.bytes;
  }
  if (given < missing) return null;
  return chosen
    .toSorted((a, b) => b.valueSeconds - a.valueSeconds)
    .filter(({ bytes }) => {
      if (given - bytes < missing) return true;
      given -= bytes;
      return false;
    });
}

function othersRunning({ memory, decided }: Round, { gpu }: RoomRequest, victims: readonly Victim[]) {
  return memory
    .residentsOf(gpu.id)
    .filter(
      ({ name, runs }) =>
        runs.length > 0 && !decided.has(name) && !victims.some((victim) => victim.name === name),
    );
}

function bytesOfRuns(residents: readonly Resident[]): number {
  return residents.reduce((sum, { runs }) => sum + runs.reduce((ofRuns, { bytes }) => ofRuns + bytes, 0), 0);
}

function planOf(round: Round, request: RoomRequest, victims: Victim[], runsToEnd: Resident[]): RoomPlan {
  const drains = [...victims, ...runsToEnd].flatMap(({ runs }) => runs.map(({ endsAt }) => endsAt));
  const drainSeconds = Math.max(0, ...drains.map((endsAt) => endsAt - round.now)) / 1000;
  const waits = runsToEnd.map((resident) => allowedAt(round, request, resident));
  return {
    gpu: request.gpu,
    victims,
    runsToEnd,
    allowedAt: Math.max(0, ...victims.map((victim) => victim.allowedAt), ...waits),
    costSeconds: drainSeconds + victims.reduce((sum, { valueSeconds }) => sum + valueSeconds, 0),
  };
}
