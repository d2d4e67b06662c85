import type { QueryDirection } from './embed-query.ts';
import { fuseRankings } from './fuse-rankings.ts';
import type { SearchFilter, SearchStore } from './store.ts';
import { cosine } from './vectors.ts';

/**
 * What has a smaller cosine to the query has nothing to do with it, so that nonsense finds nothing. Of the model in
 * `models/text-embedding.toml`, whose unrelated sentences are at 0 to 0.2.
 */
const cosineMin = 0.3;
/** Found by meaning alone; further down, hardly anything is meant. */
const byMeaningMax = 200;
/** No longer ranking is made or kept. */
const rankedMax = 1000;
/** Compared in one go, some milliseconds; then others have their turn. */
const comparedAtOnce = 1000;

/**
 * The assets that words match or that mean what is searched for, the best first.
 * @param search.match as the search index takes it
 */
export async function rankAssets(
  store: Pick<SearchStore, 'matches' | 'vectors'>,
  search: { filter: SearchFilter; match: string; query: QueryDirection },
): Promise<number[]> {
  const { filter, match, query } = search;
  const byMeaning = await rankByMeaning(store, filter, query);
  return fuseRankings([store.matches(filter, match, rankedMax), byMeaning]).slice(0, rankedMax);
}

async function rankByMeaning(
  store: Pick<SearchStore, 'vectors'>,
  filter: SearchFilter,
  { model, direction }: QueryDirection,
): Promise<number[]> {
  const near: { sequence: number; cosine: number }[] = [];
  let after = 0;
  for (;;) {
    const rows = store.vectors(filter, { model, after, limit: comparedAtOnce });
    for (const { sequence, vector } of rows) {
      const found = vector === null ? 0 : cosine(direction, vector);
      if (found >= cosineMin) near.push({ sequence, cosine: found });
    }
    after = rows.at(-1)?.sequence ?? after;
    if (rows.length < comparedAtOnce) break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return near
    .sort((one, other) => other.cosine - one.cosine || other.sequence - one.sequence)
    .slice(0, byMeaningMax)
    .map(({ sequence }) => sequence);
}
