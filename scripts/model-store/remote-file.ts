import type { WeightsSource } from '../../src/models/gpu-model.ts';

/** A file that a model wants, somewhere else. */
export interface RemoteFile {
  /** In the model's folder. */
  path: string;
  bytes: number;
  /** What its content must have; null where the other side tells none. */
  sha256: string | null;
  /** The name that git gives its content: a SHA-1 of "blob", the length and the content. */
  gitBlob: string | null;
  /**
   * Its bytes from `offset` on. The answer's own offset is lower where the other side can only begin at the beginning.
   * @throws SourceGone, SourceRefused, and what the system or the network throws: those may pass
   */
  open(offset: number, signal: AbortSignal): Promise<{ offset: number; stream: ReadableStream<Uint8Array> }>;
}

/** One repository of a model, as it is somewhere else. */
export interface Listing {
  wanted: WeightsSource;
  /** The commit that the revision is there; null where that isn't known. */
  commit: string | null;
  files: RemoteFile[];
}

export function totalBytes(files: readonly { bytes: number }[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
