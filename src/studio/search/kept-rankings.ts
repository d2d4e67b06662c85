import { randomBytes } from 'node:crypto';

/** Rankings whose next pages may be asked for: a list that is made anew for each page would shift between them. */
export interface KeptRankings {
  /** @returns a name that nobody guesses */
  keep(what: string, ranking: readonly number[]): string;
  /** Undefined where it is not kept any more, or was of something else. */
  find(name: string, what: string): readonly number[] | undefined;
}

export const rankingNameBytes = 12;

/** @param keptMax the least lately asked for goes for more */
export function createKeptRankings(keptMax: number): KeptRankings {
  const kept = new Map<string, { what: string; ranking: readonly number[] }>();
  const put = (name: string, entry: { what: string; ranking: readonly number[] }) => {
    kept.delete(name);
    kept.set(name, entry);
    const [oldest] = kept.keys();
    if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);
  };
  return {
    keep(what, ranking) {
      const name = randomBytes(rankingNameBytes).toString('hex');
      put(name, { what, ranking });
      return name;
    },
    find(name, what) {
      const found = kept.get(name);
      if (found?.what !== what) return undefined;
      put(name, found);
      return found.ranking;
    },
  };
}
