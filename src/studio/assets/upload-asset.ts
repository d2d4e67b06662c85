import { rename, rm } from 'node:fs/promises';
import type { Admission, Claim } from '../../idempotency/idempotency.ts';
import { MediaRefused, mediaError } from '../../storage/media-refused.ts';
import type { Gate } from '../../storage/gate.ts';
import { addFileAsset, findAsset } from './add-asset.ts';
import { inspectUpload } from './inspect-upload.ts';
import { safeFilename, stemOf, titleOf } from './name-file.ts';
import { type AssetParts, projectMeant } from './parts.ts';
import { type ReceivedFile, receiveFile } from './receive-file.ts';
import type { ShownAsset } from './tables.ts';
import type { UploadPlaces } from './upload-places.ts';

/**
 * Hands the one file that a request brings to `take`, piece by piece.
 * @returns what the request itself calls the file; null where it doesn't
 * @throws what `take` throws; Malformed, BodyTooSlow, PayloadTooLarge, ServiceUnavailable `too_many_bodies`
 */
export type Receive = (take: (chunks: AsyncIterable<Uint8Array>) => Promise<void>) => Promise<string | null>;

interface UploadRequest {
  accountId: string;
  projectId: string | null;
  filename: string | null;
  title: string | null;
  receive: Receive;
  /** Asked for a request with an idempotency key, once its bytes are there: whether it came before. */
  admit: ((file: { sha256: string }) => Admission<Uploaded>) | null;
  /** Aborted when nobody waits any more. */
  signal: AbortSignal;
}

/** What is kept under an idempotency key: the asset itself may change until the key comes again. */
interface Uploaded {
  assetId: string;
}

/**
 * Takes a file in: on disk, told by its bytes, measured, and written down. A file that is refused leaves nothing.
 * @returns the asset, or the one that the same request made before
 * @throws NotFound (that one is deleted), Conflict, IdempotencyKeyReuse, TooManyRequests, MediaTooLarge, WrongMediaType, InvalidInput, QuotaExceeded, DiskFull; what `receive`
 *   throws
 */
export async function uploadAsset(
  parts: AssetParts & { inspecting: Gate; places: UploadPlaces },
  request: UploadRequest,
): Promise<{ asset: ShownAsset; isReplayed: boolean }> {
  const { folder, places, writer } = parts;
  const { accountId, receive, admit } = request;
  using _place = places.take(accountId);
  const projectId = await projectMeant(parts, accountId, request.projectId);
  const path = await folder.scratch();
  try {
    const { received, called } = await receiveOne(parts, { path, receive });
    const admission = admit?.(received);
    if (admission?.kind === 'replay') {
      await writer.onDisk();
      return { asset: findAsset(parts, accountId, admission.body.assetId), isReplayed: true };
    }
    const claim = admission?.claim ?? null;
    try {
      const brought = { path, received, called, projectId, claim };
      return { asset: await keepUpload(parts, request, brought), isReplayed: false };
    } finally {
      claim?.release();
    }
  } catch (error) {
    throw error instanceof MediaRefused ? refusalOf(error) : error;
  } finally {
    await rm(path, { force: true });
  }
}

/** The file gets its place, and its asset a row, in which transaction the idempotency key is written down. */
async function keepUpload(
  parts: AssetParts & { inspecting: Gate },
  { accountId, filename, title, signal }: UploadRequest,
  brought: {
    path: string;
    received: ReceivedFile;
    called: string | null;
    projectId: string;
    claim: Claim | null;
  },
): Promise<ShownAsset> {
  const { folder, previews, writer, limits, inspecting } = parts;
  const { path, received, called, projectId, claim } = brought;
  const { extension, ...facts } = await inspecting.pass(() => inspectUpload(path, { limits, signal }));
  const name = stemOf(filename ?? called ?? '');
  const draft = {
    ...{ accountId, projectId, ...received, ...facts },
    ...{ filename: safeFilename(name, extension), title: title ?? titleOf(name, facts.kind) },
    ...({ origin: 'upload', jobId: null, prompt: '' } as const),
  };
  const { id } = await folder.add(draft, {
    bring: (place) => rename(path, place),
    record: () =>
      writer.write(() => {
        const asset = addFileAsset(parts, draft);
        claim?.record({ status: 201, body: { assetId: asset.id } satisfies Uploaded });
        return asset;
      }),
  });
  previews.wake();
  return findAsset(parts, accountId, id);
}

async function receiveOne(
  { limits, room }: AssetParts,
  { path, receive }: Pick<UploadRequest, 'receive'> & { path: string },
) {
  const parts: Awaited<ReturnType<typeof receiveFile>>[] = [];
  const called = await receive(async (chunks) => {
    try {
      parts.push(await receiveFile(chunks, { path, limits, room }));
    } catch (error) {
      throw error instanceof MediaRefused ? refusalOf(error) : error;
    }
  });
  const [received] = parts;
  if (!received) throw new MediaRefused('unreadable', 'The file is empty.');
  return { received, called };
}

function refusalOf({ code, message, allowed }: MediaRefused) {
  return mediaError([{ path: '/file', code, message, ...(allowed === undefined ? {} : { allowed }) }]);
}
