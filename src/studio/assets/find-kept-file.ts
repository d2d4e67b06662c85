import type { OpenDatabase } from '../../db/open.ts';
import type { FindKept } from '../../storage/own-files.ts';
import { assetIdPrefix } from './add-asset.ts';
import { filePath, previewPath } from './asset-folder.ts';
import { previewExtension } from './make-preview.ts';
import { createAssetStore } from './store.ts';
import type { Asset } from './tables.ts';

/** What the preview of an asset is called in its URL; null where it has none. */
export function previewName(kind: Asset['kind']): string | null {
  const extension = previewExtension(kind);
  return extension && `preview.${extension}`;
}

const previewTypes = { webp: 'image/webp', json: 'application/json' };

/** Finds what the signed URLs of assets lead to: their files, and the previews of those. */
export function createAssetFinder(options: { database: OpenDatabase; filesRoot: string }): FindKept {
  const { filesRoot } = options;
  const store = createAssetStore(options.database);
  return ({ jobId: assetId, filename }) => {
    const asset = assetId.startsWith(assetIdPrefix) ? store.asset(assetId) : undefined;
    if (!asset || asset.fileSha256 === null) return null;
    const { accountId, sha256, mimeType, createdAt: lastModified } = asset;
    const file = { accountId, sha256 };
    // An asset may have that very name: then it is its own preview.
    if (filename === asset.filename) {
      return { path: filePath(filesRoot, file), mimeType, filename, sha256, lastModified };
    }
    const extension = previewExtension(asset.kind);
    if (extension === null || filename !== previewName(asset.kind)) return null;
    const path = previewPath(filesRoot, file, extension);
    return { path, mimeType: previewTypes[extension], filename, sha256: `${sha256}-preview`, lastModified };
  };
}
