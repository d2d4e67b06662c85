import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { sniff, sniffBytes } from '../../media/sniff.ts';
import { asDiskFull } from '../../storage/disk-space.ts';
import { MediaRefused } from '../../storage/media-refused.ts';
import type { Room } from '../../storage/room.ts';
import type { StagingLimits } from '../../storage/staging-limits.ts';
import { isMesh } from './inspect-mesh.ts';

/** Bytes on disk, of which only the first are judged. */
export interface ReceivedFile {
  bytes: number;
  sha256: string;
}

/** The disk is looked at whenever so much has come. */
const lookEveryBytes = 4 * 1024 * 1024;

/**
 * Writes a file as it comes, and holds no more of it than its first few thousand bytes: those tell what it is, and so
 * how large it may be. It is on disk for good then. Whoever calls deletes what is left at `path`.
 * @throws MediaRefused `wrong_media`, `too_large`, as soon as it can be told; DiskFull; what `chunks` throws
 */
export async function receiveFile(
  chunks: AsyncIterable<Uint8Array>,
  { path, limits, room }: { path: string; limits: StagingLimits; room: Room },
): Promise<ReceivedFile> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o600);
  let [bytes, unseen, head] = [0, lookEveryBytes, new Uint8Array()];
  let bytesMax: number | null = null;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.byteLength;
      unseen += chunk.byteLength;
      if (bytesMax === null) {
        head = Buffer.concat([head, chunk.subarray(0, sniffBytes - head.length)]);
        if (head.length === sniffBytes) bytesMax = bytesMaxOf(head, limits);
      }
      if (bytesMax !== null && bytes > bytesMax) throw tooLarge(bytesMax);
      if (unseen >= lookEveryBytes) {
        await room.assertFor(chunk.byteLength);
        unseen = 0;
      }
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    bytesMax ??= bytesMaxOf(head, limits);
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    await file.sync();
    return { bytes, sha256: hash.digest('hex') };
  } catch (error) {
    throw asDiskFull(error);
  } finally {
    await file.close();
  }
}

export const takenTypes = [
  ...['image/png', 'image/jpeg', 'image/webp', 'video/mp4', 'video/quicktime', 'video/webm'],
  ...['video/x-matroska', 'audio/mpeg', 'audio/wav', 'audio/flac', 'audio/ogg', 'audio/aac', 'audio/mp4'],
  ...['audio/webm', 'model/gltf-binary'],
];

/** By what the first bytes say. A container that may hold a film may be as large as one. */
function bytesMaxOf(head: Uint8Array, limits: StagingLimits): number {
  if (head.length === 0) throw new MediaRefused('unreadable', 'The file is empty.');
  if (isMesh(head)) return limits.videoBytesMax;
  const kinds = sniff(head)?.kinds ?? [];
  if (kinds.includes('video')) return limits.videoBytesMax;
  if (kinds.includes('audio')) return limits.audioBytesMax;
  if (kinds.includes('image')) return limits.imageBytesMax;
  const message = 'The file is no picture, sound, film or mesh of a type that is taken in.';
  throw new MediaRefused('wrong_media', message, { allowed: takenTypes });
}

export function tooLarge(bytesMax: number): MediaRefused {
  const message = `The file is larger than the ${bytesMax} bytes allowed here.`;
  return new MediaRefused('too_large', message);
}
