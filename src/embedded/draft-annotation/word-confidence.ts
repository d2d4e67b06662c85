import type { AlignedWord, Sketch } from './align-words.ts';

/**
 * Evidence for a transcript: by what part the words cost less in their own order than in the reverse one. A wrong
 * transcript is as dear either way; measured: 0.03 at most, against 0.1 to 0.4 for clean speech, 0.04 to 0.06 in
 * loud noise.
 */
export function evidenceOf({ sketch, wrong }: { sketch: Sketch; wrong: Sketch }): number {
  return 1 - sketch.walk.meanCost / wrong.walk.meanCost;
}

const noEvidence = 0.02;
const fullEvidence = 0.14;

/**
 * Confidence of each word, 0..1: how much evidence there is for the whole transcript, times how much nearer the
 * word is to its sound than words in the wrong order are to theirs.
 */
export function wordConfidences(
  attempt: { sketch: Sketch; wrong: Sketch },
  words: readonly AlignedWord[],
): number[] {
  const evidence = (evidenceOf(attempt) - noEvidence) / (fullEvidence - noEvidence);
  const trust = Math.sqrt(Math.min(1, Math.max(0, evidence)));
  const right = wordDistances(attempt.sketch, words.length);
  const typicalWrong = middle(wordDistances(attempt.wrong, words.length));
  return right.map((distance) => {
    const isNearer = 1 / (1 + Math.exp((distance - typicalWrong) / 0.07));
    return Math.round(trust * isNearer * 1000) / 1000;
  });
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
