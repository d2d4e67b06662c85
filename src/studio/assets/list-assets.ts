import { type AssetParts, projectMeant } from './parts.ts';
import { searchExpression } from './search-expression.ts';
import type { AssetKind, ShownAsset } from './tables.ts';

const pageSize = 50;

interface AssetPage {
  assets: ShownAsset[];
  /** What the next page's request takes; null on the last page. */
  nextCursor: string | null;
  storage: { usedBytes: number; quotaBytes: number };
}

/** The assets of a project, newest first. @throws NotFound the project */
export async function listAssets(
  parts: AssetParts,
  accountId: string,
  request: {
    projectId?: string;
    kind?: AssetKind;
    q?: string;
    archived?: boolean;
    limit?: number;
    cursor?: string;
  },
): Promise<AssetPage> {
  const { projectId = null, kind, q, archived = false, limit = pageSize, cursor } = request;
  const { store, quotaBytes } = parts;
  const match = q === undefined ? undefined : searchExpression(q);
  const filter = {
    ...{ projectId: await projectMeant(parts, accountId, projectId), archived },
    ...(kind === undefined ? {} : { kind }),
    ...(cursor === undefined ? {} : { beforeSequence: Number(cursor) }),
  };
  // Nothing is found by no words at all.
  const found =
    match === null ? [] : store.list({ ...filter, ...(match === undefined ? {} : { match }) }, limit + 1);
  const assets = found.slice(0, limit);
  const last = assets.at(-1);
  return {
    assets,
    nextCursor: found.length > limit && last ? String(last.sequence) : null,
    storage: { usedBytes: store.usedBytes(accountId), quotaBytes },
  };
}
