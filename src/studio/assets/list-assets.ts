import { BadCursor } from '../../page.ts';
import { isRankingCursor, type SearchKind } from '../search/create-search.ts';
import { type AssetParts, projectMeant } from './parts.ts';
import { searchExpression } from './search-expression.ts';
import type { AssetFilter } from './store.ts';
import type { AssetKind, ShownAsset } from './tables.ts';

const pageSize = 50;

interface AssetPage extends FoundAssets {
  storage: { usedBytes: number; quotaBytes: number };
}

interface FoundAssets {
  assets: ShownAsset[];
  /** What the next page's request takes; null on the last page. */
  nextCursor: string | null;
  /** What was searched by; null where nothing was. */
  search: SearchKind | null;
}

interface ListRequest {
  projectId?: string;
  kind?: AssetKind;
  q?: string;
  archived?: boolean;
  limit?: number;
  cursor?: string;
}

/**
 * The assets of a project, newest first; those that are searched for by meaning too, the best first.
 * @throws NotFound the project; BadCursor; MeaningUnavailable
 */
export async function listAssets(
  parts: AssetParts,
  accountId: string,
  request: ListRequest,
): Promise<AssetPage> {
  const { projectId = null, kind, archived = false } = request;
  const { store, quotaBytes } = parts;
  const filter = {
    ...{ projectId: await projectMeant(parts, accountId, projectId), archived },
    ...(kind === undefined ? {} : { kind }),
  };
  const found =
    request.q === undefined
      ? { ...listNewest(parts, filter, request), search: null }
      : await searchAssets(parts, accountId, { ...request, filter, q: request.q });
  return { ...found, storage: { usedBytes: store.usedBytes(accountId), quotaBytes } };
}

async function searchAssets(
  parts: AssetParts,
  accountId: string,
  request: ListRequest & { filter: AssetFilter; q: string },
): Promise<FoundAssets> {
  const { filter, q: typed, limit = pageSize, cursor } = request;
  const match = searchExpression(typed);
  // Nothing is found by no words at all.
  if (match === null) return { assets: [], nextCursor: null, search: 'words' };
  // A list goes on as it began.
  if (cursor === undefined || isRankingCursor(cursor)) {
    const shared = { accountId, filter, typed, match, limit };
    const page = await parts.search.page(cursor === undefined ? shared : { ...shared, cursor });
    if (page) {
      const assets = parts.store.listed(filter, page.sequences);
      return { assets, nextCursor: page.nextCursor, search: 'words+meaning' };
    }
  }
  return { ...listNewest(parts, { ...filter, match }, request), search: 'words' };
}

function listNewest({ store }: AssetParts, filter: AssetFilter, request: ListRequest) {
  const { limit = pageSize, cursor } = request;
  if (cursor !== undefined && isRankingCursor(cursor)) throw new BadCursor();
  const after = cursor === undefined ? {} : { beforeSequence: Number(cursor) };
  const found = store.list({ ...filter, ...after }, limit + 1);
  const assets = found.slice(0, limit);
  const last = assets.at(-1);
  return { assets, nextCursor: found.length > limit && last ? String(last.sequence) : null };
}
