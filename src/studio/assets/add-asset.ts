import { randomBytes } from 'node:crypto';
import { ApplianceError, NotFound } from '../../errors.ts';
import { previewExtension } from './make-preview.ts';
import type { AssetParts } from './parts.ts';
import type { Asset, NewAsset, ShownAsset } from './tables.ts';

/** 409: the account has no room left for this. What it deletes makes room. */
export class QuotaExceeded extends ApplianceError {
  constructor(bytes: { quotaBytes: number; usedBytes: number; neededBytes: number }) {
    const message = `Your files may have ${bytes.quotaBytes} bytes together, and have ${bytes.usedBytes}: delete some first.`;
    super({ code: 'quota_exceeded', status: 409, message, details: bytes });
  }
}

/** An asset before it has an id. */
export type AssetDraft = Omit<
  NewAsset,
  'id' | 'fileSha256' | 'createdAt' | 'updatedAt' | 'archivedAt' | 'tags' | 'note'
>;

/** Called inside `Writer.write`, when the file is on disk. @throws QuotaExceeded */
export function addFileAsset(parts: Pick<AssetParts, 'store' | 'clock' | 'quotaBytes'>, draft: AssetDraft) {
  const { store, clock } = parts;
  const { accountId, sha256, bytes } = draft;
  if (!store.file({ accountId, sha256 })) {
    assertQuota(parts, accountId, bytes);
    const preview = previewExtension(draft.kind) === null ? 'none' : 'wanted';
    store.insertFile({ accountId, sha256, bytes, preview, previewAttempts: 0, createdAt: clock() });
  }
  return addAsset(parts, { ...draft, fileSha256: sha256 });
}

/** Called inside `Writer.write`. */
export function addAsset(
  { store, clock }: Pick<AssetParts, 'store' | 'clock'>,
  draft: AssetDraft & Pick<NewAsset, 'fileSha256'>,
): Asset {
  const now = clock();
  const id = `${assetIdPrefix}${randomBytes(10).toString('hex')}`;
  return store.insertAsset({
    ...draft,
    ...{ id, tags: [], note: '', createdAt: now, updatedAt: now, archivedAt: null },
  });
}

export const assetIdPrefix = 'ast_';

/** @throws QuotaExceeded */
export function assertQuota(
  { store, quotaBytes }: Pick<AssetParts, 'store' | 'quotaBytes'>,
  accountId: string,
  neededBytes: number,
): void {
  const usedBytes = store.usedBytes(accountId);
  if (usedBytes + neededBytes > quotaBytes) throw new QuotaExceeded({ quotaBytes, usedBytes, neededBytes });
}

/** @throws NotFound unknown, or another account's */
export function findAsset(
  { store }: Pick<AssetParts, 'store'>,
  accountId: string,
  assetId: string,
): ShownAsset {
  const asset = store.asset(assetId);
  if (!asset || asset.accountId !== accountId) throw new NotFound(`The asset ${assetId}`);
  return asset;
}
