import { open } from 'node:fs/promises';
import { sniff, sniffBytes } from '../../media/sniff.ts';
import type { MediaKind } from '../../media/staged-media.ts';
import { MediaRefused } from '../../storage/media-refused.ts';
import { identify, inspect, type InspectionBounds } from '../../storage/stage-one.ts';
import { bytesMaxOf } from '../../storage/staging-limits.ts';
import { inspectMesh, isMesh } from './inspect-mesh.ts';
import { tooLarge } from './receive-file.ts';
import type { Asset } from './tables.ts';

/** What a file is, by its bytes. */
export type FileFacts = Pick<
  Asset,
  'kind' | 'mimeType' | 'width' | 'height' | 'durationSeconds' | 'frames'
> & {
  /** Without a dot. */
  extension: string;
};

/** Nothing is known of its size or length. */
export const noFacts = { width: null, height: null, durationSeconds: null, frames: null };

/**
 * Tells what the file at `path` is, and measures it, as the files of a job are.
 * @throws MediaRefused
 */
export async function inspectUpload(path: string, bounds: InspectionBounds): Promise<FileFacts> {
  const head = await readHead(path);
  if (isMesh(head)) {
    await inspectMesh(path);
    return { kind: 'mesh', mimeType: 'model/gltf-binary', extension: 'glb', ...noFacts };
  }
  const kinds = sniff(head)?.kinds ?? [];
  if (!kinds.includes('video')) return inspectAs(path, kinds[0] ?? 'image', bounds);
  try {
    return await inspectAs(path, 'video', bounds);
  } catch (error) {
    // A container of films may hold sound alone.
    const mayBeSound = error instanceof MediaRefused && error.code === 'wrong_media';
    if (!mayBeSound || !kinds.includes('audio')) throw error;
    return inspectAs(path, 'audio', bounds);
  }
}

async function inspectAs(path: string, kind: MediaKind, bounds: InspectionBounds): Promise<FileFacts> {
  const { sniffed, bytes, mimeType, extension } = await identify(path, kind, []);
  const bytesMax = bytesMaxOf(bounds.limits, kind);
  if (bytes > bytesMax) throw tooLarge(bytesMax);
  const facts = await inspect(path, { kind, sniffed, bounds });
  const { width = null, height = null, durationSeconds = null, frames = null } = facts;
  return { ...{ kind, mimeType, extension, width, height, durationSeconds, frames } };
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const head = new Uint8Array(sniffBytes);
    const { bytesRead } = await file.read(head, 0, sniffBytes, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
