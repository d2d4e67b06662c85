import { rename, rm } from 'node:fs/promises';
import { MediaRefused, mediaError } from '../../storage/media-refused.ts';
import type { Gate } from '../../storage/gate.ts';
import { addFileAsset, findAsset } from './add-asset.ts';
import { inspectUpload } from './inspect-upload.ts';
import { safeFilename, stemOf, titleOf } from './name-file.ts';
import { type AssetParts, projectMeant } from './parts.ts';
import { receiveFile } from './receive-file.ts';
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
  /** Aborted when nobody waits any more. */
  signal: AbortSignal;
}

/**
 * Takes a file in: on disk, told by its bytes, measured, and written down. A file that is refused leaves nothing.
 * @throws NotFound, TooManyRequests, MediaTooLarge, WrongMediaType, InvalidInput, QuotaExceeded, DiskFull; what `receive`
 *   throws
 */
export async function uploadAsset(
  parts: AssetParts & { inspecting: Gate; places: UploadPlaces },
  request: UploadRequest,
): Promise<ShownAsset> {
  const { store, folder, previews, writer, limits, inspecting, places } = parts;
  const { accountId, receive, signal } = request;
  using _place = places.take(accountId);
  const projectId = await projectMeant(parts, accountId, request.projectId);
  const path = await folder.scratch();
  try {
    const { received, called } = await receiveOne(parts, { path, receive });
    const { extension, ...facts } = await inspecting.pass(() => inspectUpload(path, { limits, signal }));
    const name = stemOf(request.filename ?? called ?? '');
    const draft = {
      ...{ accountId, projectId, ...received, ...facts },
      ...{ filename: safeFilename(name, extension), title: request.title ?? titleOf(name, facts.kind) },
      ...({ origin: 'upload', jobId: null, prompt: '' } as const),
    };
    const { id } = await folder.add(draft, {
      bring: (place) => rename(path, place),
      record: () => writer.write(() => addFileAsset(parts, draft)),
    });
    previews.wake();
    return findAsset({ store }, accountId, id);
  } catch (error) {
    throw error instanceof MediaRefused ? refusalOf(error) : error;
  } finally {
    await rm(path, { force: true });
  }
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
