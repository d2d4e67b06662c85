import { featureSize, type Features } from './cepstra.ts';
import type { StateChain } from './word-states.ts';

export interface Recording {
  features: Features;
  /** 0 (quiet) to 1 (sound) of each frame. */
  activity: Float32Array;
}

/** States that a frame may be in: `first[t]` ≤ state < `end[t]`. Both never fall with time. */
export interface Band {
  first: Int32Array;
  end: Int32Array;
}

export interface Walk {
  /** State of each frame of the recording. */
  states: Int32Array;
  /** Distance of each frame to its state: near 0 alike, near 1 unrelated; NaN in pauses. */
  distances: Float32Array;
  /** Mean cost of a frame over the whole walk. */
  meanCost: number;
}

/** Cost of a pause where it is quiet, and where there is sound that no word explains. */
const quietPauseCost = 0.4;
const soundPauseCost = 0.95;
/** Added to a word's distance where it is quiet. */
const quietWordCost = 0.3;

/**
 * Finds the cheapest walk of a recording through `chain` (Viterbi): every frame is in one state, states rise by
 * 0, 1 or 2 a frame, the walk begins at the chain's head and ends at its tail. Works in (frames × band) time and
 * bytes.
 * @returns null where no walk fits, because the frames are too few
 * @param onRow awaited now and then with the part done, 0..1
 */
export async function walkStates(
  chain: StateChain,
  { recording, spoken, band }: { recording: Recording; spoken: Features; band: Band },
  onRow: (fraction: number) => Promise<void> = async () => {},
): Promise<Walk | null> {
  const { frames } = recording.features;
  const offsets = new Float64Array(frames + 1);
  for (let t = 0; t < frames; t++) offsets[t + 1] = offsets[t]! + band.end[t]! - band.first[t]!;
  const moves = new Uint8Array(offsets[frames]!);
  let before = new Float64Array(chain.length).fill(Infinity);
  let now = new Float64Array(chain.length).fill(Infinity);
  for (let t = 0; t < frames; t++) {
    const [first, end] = [band.first[t]!, band.end[t]!];
    for (let s = first; s < end; s++) {
      const { cost, move } = t === 0 ? enter(s) : cheapestMove(chain, before, s);
      now[s] = cost === Infinity ? Infinity : cost + frameCost(chain, recording, spoken, t, s);
      moves[offsets[t]! + s - first] = move;
    }
    // What lies outside of this row's band must not be reached from by the next one.
    if (t > 0) before.fill(Infinity, band.first[t - 1], band.end[t - 1]);
    [before, now] = [now, before];
    if (t % 200 === 199) await onRow(t / frames);
  }
  return trace(chain, { recording, spoken, band }, { moves, offsets, costs: before });
}

/** A walk begins in the first pause or in the first word. */
function enter(state: number): { cost: number; move: number } {
  return { cost: state <= 1 ? 0 : Infinity, move: 0 };
}

const moved = { cost: 0, move: 0 };

/** One object is used over and over: this runs tens of millions of times. */
function cheapestMove(
  chain: StateChain,
  before: Float64Array,
  state: number,
): { cost: number; move: number } {
  moved.cost = before[state]! + chain.stayCost[state]!;
  moved.move = 0;
  if (state >= 1) {
    const step = before[state - 1]! + chain.stepCost[state]!;
    if (step < moved.cost) {
      moved.cost = step;
      moved.move = 1;
    }
  }
  if (state >= 2) {
    const skip = before[state - 2]! + chain.skipCost[state]!;
    if (skip < moved.cost) {
      moved.cost = skip;
      moved.move = 2;
    }
  }
  return moved;
}

function frameCost(
  chain: StateChain,
  recording: Recording,
  spoken: Features,
  t: number,
  state: number,
): number {
  const activity = recording.activity[t]!;
  const frame = chain.spokenFrame[state]!;
  if (frame < 0) return quietPauseCost + (soundPauseCost - quietPauseCost) * activity;
  return frameDistance(recording.features, t, spoken, frame) + quietWordCost * (1 - activity);
}

/** Mean squared difference over its expectation for unrelated frames, 2, so that those are at 1. */
function frameDistance(a: Features, frameA: number, b: Features, frameB: number): number {
  const [atA, atB] = [frameA * featureSize, frameB * featureSize];
  let sum = 0;
  for (let c = 0; c < featureSize; c++) {
    const difference = a.values[atA + c]! - b.values[atB + c]!;
    sum += difference * difference;
  }
  return Math.min(2, sum / (2 * featureSize));
}

function trace(
  chain: StateChain,
  { recording, spoken, band }: { recording: Recording; spoken: Features; band: Band },
  { moves, offsets, costs }: { moves: Uint8Array; offsets: Float64Array; costs: Float64Array },
): Walk | null {
  const { frames } = recording.features;
  const states = new Int32Array(frames);
  const distances = new Float32Array(frames).fill(NaN);
  const tail = chain.length - 1;
  let state = costs[tail - 1]! < costs[tail]! ? tail - 1 : tail;
  const meanCost = costs[state]! / frames;
  if (!Number.isFinite(meanCost)) return null;
  for (let t = frames - 1; t >= 0; t--) {
    states[t] = state;
    const frame = chain.spokenFrame[state]!;
    if (frame >= 0) distances[t] = frameDistance(recording.features, t, spoken, frame);
    state -= moves[offsets[t]! + state - band.first[t]!]!;
  }
  return { states, distances, meanCost };
}
