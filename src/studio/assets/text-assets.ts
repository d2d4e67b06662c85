import { createHash } from 'node:crypto';
import { ApplianceError, Conflict, NotFound } from '../../errors.ts';
import { addAsset, assertQuota, findAsset } from './add-asset.ts';
import { noFacts } from './inspect-upload.ts';
import { safeFilename } from './name-file.ts';
import type { AssetParts } from './parts.ts';
import type { ShownAsset, TextVersion } from './tables.ts';

export const textFormats = {
  markdown: { mimeType: 'text/markdown', extension: 'md' },
  plain: { mimeType: 'text/plain', extension: 'txt' },
} as const;
export type TextFormat = keyof typeof textFormats;

/** Older ones are forgotten. */
const versionsKept = 50;

/** 409: somebody else has written meanwhile. The details tell what there is now, so that nothing need be lost. */
export class StaleVersion extends ApplianceError {
  constructor({ version, text }: Pick<TextVersion, 'version' | 'text'>) {
    const message = `The text is at version ${version} now: put your change into that one.`;
    super({ code: 'stale_version', status: 409, message, details: { version, text } });
  }
}

/** A text, and its version that is asked for. */
export interface TextDocument {
  asset: ShownAsset;
  content: TextVersion;
  versions: Pick<TextVersion, 'version' | 'createdAt'>[];
}

/** @throws NotFound the project; QuotaExceeded */
export function createText(
  parts: AssetParts,
  request: {
    accountId: string;
    projectId: string | null;
    title: string;
    text: string;
    format: TextFormat;
  },
): Promise<ShownAsset> {
  const { accountId, title, text } = request;
  const { mimeType, extension } = textFormats[request.format];
  return parts.writer.write(() => {
    const { id: projectId } = parts.projects.projectOf(accountId, request.projectId);
    const measured = measure(text);
    assertQuota(parts, accountId, measured.bytes);
    const { id } = addAsset(parts, {
      ...{ accountId, projectId, kind: 'text', title, mimeType, ...measured, ...noFacts },
      ...{ filename: safeFilename(title, extension), fileSha256: null },
      ...{ origin: 'text', jobId: null, prompt: '' },
    });
    const { bytes } = measured;
    parts.store.insertText({ assetId: id, version: 1, accountId, text, bytes, createdAt: parts.clock() });
    return findAsset(parts, accountId, id);
  });
}

/** @throws NotFound unknown, another account's, or a version that is not kept; Conflict `not_a_text` */
export function readText(
  parts: Pick<AssetParts, 'store'>,
  accountId: string,
  { assetId, version }: { assetId: string; version?: number | undefined },
): TextDocument {
  const asset = findAsset(parts, accountId, assetId);
  if (asset.kind !== 'text') throw new Conflict(`The asset ${assetId} is no text.`, 'not_a_text');
  const content = parts.store.text(assetId, version);
  if (!content) throw new NotFound(`Version ${version} of the text ${assetId}`);
  return { asset, content, versions: parts.store.textVersions(assetId) };
}

/**
 * Makes a new version of a text, where nobody has since the version that was changed.
 * @param change.version the one that `text` was made from
 * @throws StaleVersion, NotFound, Conflict, QuotaExceeded
 */
export function changeText(
  parts: AssetParts,
  accountId: string,
  change: { assetId: string; version: number; text: string },
): Promise<TextDocument> {
  const { store, clock, writer } = parts;
  const { assetId, text } = change;
  return writer.write(() => {
    const { content } = readText(parts, accountId, { assetId });
    if (content.version !== change.version) throw new StaleVersion(content);
    const { bytes, sha256 } = measure(text);
    assertQuota(parts, accountId, bytes);
    const [version, now] = [content.version + 1, clock()];
    store.insertText({ assetId, version, accountId, text, bytes, createdAt: now });
    store.forgetTexts(assetId, version - versionsKept);
    store.updateAsset(assetId, { bytes, sha256, updatedAt: now });
    return readText(parts, accountId, { assetId });
  });
}

function measure(text: string): { bytes: number; sha256: string } {
  return { bytes: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') };
}
