import { averageFrames, type Features } from './cepstra.ts';
import { type Band, type Recording, type Walk, walkStates } from './walk-states.ts';
import { chainStates, type StateChain } from './word-states.ts';

/** Frames (10 ms) in one step of the first look. */
const coarseFactorMin = 4;
/** The first look takes larger steps rather than more cells than this (a byte each). */
const coarseCellsMax = 50e6;
/** How far the close look may leave the path of the first one: coarse states, and coarse frames. */
const stateReach = 14;
const frameReach = 10;

export interface AlignedWord {
  startFrame: number;
  /** Exclusive. */
  endFrame: number;
  /** Mean distance of its frames to the synthesiser's word: near 0 alike, near 1 unrelated. */
  distance: number;
}

export interface SpokenFeatures {
  features: Features;
  /** Frames of each word, ≥ 1. */
  wordFrames: number[];
}

/** The whole recording and the words in large steps, and the way through them. */
export interface Sketch {
  factor: number;
  chain: StateChain;
  walk: Walk;
}

/**
 * A first look over the whole in large steps.
 * @param order which word stands at each place: the identity, or another order as a check of what a wrong
 * transcript would cost
 * @returns null when the recording is too short for the words
 */
export async function sketchAlignment(
  recording: Recording,
  spoken: SpokenFeatures,
  order: readonly number[],
  onRow: (fraction: number) => Promise<void>,
): Promise<Sketch | null> {
  const { frames } = recording.features;
  const cells = frames * spoken.features.frames;
  const factor = Math.max(coarseFactorMin, Math.ceil(Math.sqrt(cells / coarseCellsMax)));
  const wordFrames = coarseWordFrames(spoken.wordFrames, factor);
  const chain = chainStates(wordFrames, order);
  const edges = Array.from({ length: Math.ceil(frames / factor) + 1 }, (_, t) => t * factor);
  const features = averageFrames(recording.features, edges);
  const activity = Float32Array.from({ length: features.frames }, (_, t) => {
    const part = recording.activity.subarray(t * factor, (t + 1) * factor);
    return part.reduce((sum, level) => sum + level, 0) / part.length;
  });
  const band: Band = {
    first: new Int32Array(features.frames),
    end: new Int32Array(features.frames).fill(chain.length),
  };
  const coarse = averageFrames(spoken.features, wordEdges(spoken.wordFrames, wordFrames));
  const walk = await walkStates(chain, { recording: { features, activity }, spoken: coarse, band }, onRow);
  return walk && { factor, chain, walk };
}

/**
 * A close look near the path of a sketch (the idea of FastDTW, Salvador & Chan 2007), so that time grows with
 * length and not with its square. The sketch has to be of the words in their own order.
 * @returns null when there is no way near the path
 */
export async function alignWords(
  recording: Recording,
  spoken: SpokenFeatures,
  sketch: Sketch,
  onRow: (fraction: number) => Promise<void>,
): Promise<AlignedWord[] | null> {
  const chain = chainStates(spoken.wordFrames, [...spoken.wordFrames.keys()]);
  const band = bandAround(sketch, {
    chain,
    wordFrames: spoken.wordFrames,
    frames: recording.features.frames,
  });
  const walk = await walkStates(chain, { recording, spoken: spoken.features, band }, onRow);
  return walk && collectWords(chain, walk, spoken.wordFrames.length);
}

function coarseWordFrames(wordFrames: readonly number[], factor: number): number[] {
  return wordFrames.map((frames) => Math.max(1, Math.round(frames / factor)));
}

/** Fine frames at which the coarse frames of the words begin: each word is cut evenly. */
function wordEdges(wordFrames: readonly number[], coarse: readonly number[]): number[] {
  const edges: number[] = [];
  let start = 0;
  for (const [word, frames] of wordFrames.entries()) {
    const parts = coarse[word] ?? 1;
    for (let k = 0; k < parts; k++) edges.push(start + Math.round((k * frames) / parts));
    start += frames;
  }
  return [...edges, start];
}

function bandAround(
  sketch: Sketch,
  { chain, wordFrames, frames }: { chain: StateChain; wordFrames: readonly number[]; frames: number },
): Band {
  const coarse = sketch.chain;
  const lastStep = sketch.walk.states.length - 1;
  /** Fine state at which a coarse one begins. */
  const fineState = (state: number): number => {
    if (state >= coarse.length) return chain.length;
    const word = coarse.word[state]!;
    if (word >= wordFrames.length) return chain.length - 1;
    const place = state - coarse.firstState[word]!;
    if (place < 0) return chain.firstState[word]! - 1;
    const parts = (coarse.firstState[word + 1] ?? coarse.length) - 1 - coarse.firstState[word]!;
    return chain.firstState[word]! + Math.floor((place * wordFrames[word]!) / parts);
  };
  const first = new Int32Array(frames);
  const end = new Int32Array(frames);
  for (let t = 0; t < frames; t++) {
    const step = Math.floor(t / sketch.factor);
    const lowest = sketch.walk.states[Math.max(0, step - frameReach)]! - stateReach;
    const highest = sketch.walk.states[Math.min(lastStep, step + frameReach)]! + stateReach;
    first[t] = fineState(Math.max(0, lowest));
    end[t] = fineState(highest + 1);
  }
  return { first, end };
}

function collectWords(chain: StateChain, walk: Walk, wordCount: number): AlignedWord[] {
  const words = Array.from({ length: wordCount }, () => ({ startFrame: -1, endFrame: 0, distance: 0 }));
  for (const [t, state] of walk.states.entries()) {
    const word = chain.spokenFrame[state]! < 0 ? undefined : words[chain.word[state]!];
    if (!word) continue;
    if (word.startFrame < 0) word.startFrame = t;
    word.endFrame = t + 1;
    word.distance += walk.distances[t]!;
  }
  return words.map((word) => ({ ...word, distance: word.distance / (word.endFrame - word.startFrame) }));
}
