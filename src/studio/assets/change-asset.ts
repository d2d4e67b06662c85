import { findAsset } from './add-asset.ts';
import type { AssetParts } from './parts.ts';
import type { ShownAsset } from './tables.ts';

/** Changes what is given. @throws NotFound */
export function changeAsset(
  parts: AssetParts,
  accountId: string,
  changes: { assetId: string; title?: string; tags?: string[]; note?: string; archived?: boolean },
): Promise<ShownAsset> {
  const { assetId, archived, tags, ...words } = changes;
  return parts.writer.write(() => {
    const asset = findAsset(parts, accountId, assetId);
    const now = parts.clock();
    const archivedAt =
      archived === undefined ? asset.archivedAt : archived ? (asset.archivedAt ?? now) : null;
    parts.store.updateAsset(assetId, {
      ...{ ...words, archivedAt, updatedAt: now },
      ...(tags === undefined ? {} : { tags: [...new Set(tags)] }),
    });
    return findAsset(parts, accountId, assetId);
  });
}

/** Deletes an asset for good, and its file where no other asset is the same. @throws NotFound */
export async function deleteAsset(parts: AssetParts, accountId: string, assetId: string): Promise<void> {
  const { store, folder, writer } = parts;
  const unused = await writer.write(() => {
    const { fileSha256: sha256 } = findAsset(parts, accountId, assetId);
    store.deleteAsset(assetId);
    if (sha256 === null || store.assetOf({ accountId, sha256 })) return null;
    store.deleteFile({ accountId, sha256 });
    return { accountId, sha256 };
  });
  if (unused) await folder.remove(unused);
}
