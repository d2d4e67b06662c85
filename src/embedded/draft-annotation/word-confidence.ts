import type { Sketch } from './align-words.ts';

/** A transcript's walk through a recording, and walks of its words in orders that are surely wrong. */
export interface Trial {
  sketch: Sketch;
  wrong: Sketch[];
}

/** Orders that hardly leave a pair of neighbours together: backwards, every other word first, halves swapped. */
export function wrongOrders(wordCount: number): number[][] {
  const order = [...Array(wordCount).keys()];
  const half = Math.floor(wordCount / 2);
  return [
    order.toReversed(),
    [...order.filter((word) => word % 2 === 1), ...order.filter((word) => word % 2 === 0)].toReversed(),
    [...order.slice(half), ...order.slice(0, half)].toReversed(),
  ];
}

/** By what part the words cost less in their own order than in wrong ones: evidence for a transcript. */
export function evidenceOf({ sketch, wrong }: Trial): number {
  const wrongCost = wrong.reduce((sum, { walk }) => sum + walk.meanCost, 0) / wrong.length;
  return 1 - sketch.walk.meanCost / wrongCost;
}

/**
 * What a wrong transcript reaches by luck. Measured on 70 pairs of wrong text and speech: at most 0.08 with 11
 * words, 0.06 with 22, 0.03 with 44; right text reaches 0.08 to 0.4.
 */
function luckyEvidence(wordCount: number): number {
  return 0.02 + 0.2 / Math.sqrt(wordCount);
}

const evidenceSpan = 0.1;

/**
 * Confidence of each word, 0..1: how much evidence there is for the whole transcript beyond luck, times how much
 * nearer the word is to its sound than words in a wrong order are to theirs.
 */
export function wordConfidences(trial: Trial, wordCount: number): number[] {
  const evidence = (evidenceOf(trial) - luckyEvidence(wordCount)) / evidenceSpan;
  const trust = Math.sqrt(Math.min(1, Math.max(0, evidence)));
  const right = wordDistances(trial.sketch, wordCount);
  const typicalWrong = middle(trial.wrong.flatMap((sketch) => wordDistances(sketch, wordCount)));
  return right.map((distance) => trust / (1 + Math.exp((distance - typicalWrong) / 0.07)));
}

/** Mean distance of each word's frames in a walk. */
function wordDistances({ chain, walk }: Sketch, wordCount: number): number[] {
  const sums = new Float64Array(wordCount);
  const counts = new Float64Array(wordCount);
  for (const [step, state] of walk.states.entries()) {
    if (chain.spokenFrame[state]! < 0) continue;
    sums[chain.word[state]!]! += walk.distances[step]!;
    counts[chain.word[state]!]! += 1;
  }
  return Array.from(sums, (sum, word) => sum / Math.max(1, counts[word]!));
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
