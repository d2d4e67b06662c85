/**
 * What one more place counts: the constant of reciprocal rank fusion, by which a list's first hit is not worth much more
 * than its tenth.
 */
const k = 60;

/**
 * One ranking of several, each of different things with the best first: reciprocal rank fusion, by which a thing counts
 * 1 / (60 + place) for each ranking that has it (Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms
 * Condorcet and individual Rank Learning Methods", SIGIR 2009). Scores of the rankings, which can't be compared, are not
 * looked at. Of equals, the newer is first.
 */
export function fuseRankings(rankings: readonly (readonly number[])[]): number[] {
  const scores = new Map<number, number>();
  for (const ranking of rankings) {
    for (const [place, sequence] of ranking.entries()) {
      scores.set(sequence, (scores.get(sequence) ?? 0) + 1 / (k + place + 1));
    }
  }
  return [...scores].sort(([a, ofA], [b, ofB]) => ofB - ofA || b - a).map(([sequence]) => sequence);
}
