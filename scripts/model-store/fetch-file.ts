import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asDiskFull, DiskFull } from '../../src/storage/disk-space.ts';
import { type ContentHash, contentHash } from './content-hash.ts';
import { partialSuffix } from './file-patterns.ts';
import type { RemoteFile } from './remote-file.ts';
import { StoreError } from './store-error.ts';
import { fileBytes } from './file-bytes.ts';

export interface FetchPace {
  /** Attempts in a row that bring nothing before the file is given up. */
  emptyAttemptsMax: number;
  /** The wait after the first of them; doubled by each further one. */
  pauseSeconds: number;
  /** A transfer that brings nothing for this long is broken off and begun again. */
  stallSeconds: number;
}

export const fetchPace: FetchPace = { emptyAttemptsMax: 6, pauseSeconds: 1, stallSeconds: 60 };

interface FetchOptions {
  file: RemoteFile;
  modelFolder: string;
  /** Bytes that are in place now and were not before; negative where some had to be thrown away. */
  onBytes: (bytes: number) => void;
  pace: FetchPace;
  /** Breaks it off; what is there stays. */
  signal: AbortSignal;
}

/**
 * Brings one file into a model's folder, synced to disk. What an earlier call left is used: a finished file is only
 * hashed, and half a file goes on where it ended.
 * @returns the SHA-256 of its content
 * @throws StoreError where it can't be had, or arrives damaged twice
 */
export async function fetchFile(options: FetchOptions): Promise<{ sha256: string }> {
  const { file, modelFolder } = options;
  const path = join(modelFolder, file.path);
  await mkdir(dirname(path), { recursive: true });
  const kept = await hashFinished(path, options);
  if (kept) return kept;
  for (const isLast of [false, true]) {
    const arrived = await transfer(`${path}${partialSuffix}`, options);
    if (arrived) {
      await rename(`${path}${partialSuffix}`, path);
      return arrived;
    }
    await rm(`${path}${partialSuffix}`, { force: true });
    options.onBytes(-file.bytes);
    if (isLast) break;
  }
  throw new StoreError(`${file.path} arrived damaged twice: its content is not the promised one.`);
}

async function hashFinished(
  path: string,
  { file, onBytes }: FetchOptions,
): Promise<{ sha256: string } | null> {
  if ((await fileBytes(path)) !== file.bytes) return null;
  const hash = contentHash(file);
  await hashFile(path, hash);
  const found = hash.finish();
  if (found) onBytes(file.bytes);
  return found;
}

/** Until the partial file has every byte. Null where they are not the promised ones. */
async function transfer(partial: string, options: FetchOptions): Promise<{ sha256: string } | null> {
  const { file, onBytes, pace } = options;
  let have = (await fileBytes(partial)) ?? 0;
  if (have > file.bytes) {
    await rm(partial);
    have = 0;
  }
  onBytes(have);
  let hash = await hashSoFar(partial, file, have);
  let emptyAttempts = 0;
  while (have < file.bytes || file.bytes === 0) {
    const before = have;
    const failure = await attempt({ partial, options, have, hash }, (next) => ({ have, hash } = next));
    if (failure === null && have === file.bytes) break;
    emptyAttempts = have > before ? 0 : emptyAttempts + 1;
    if (emptyAttempts >= pace.emptyAttemptsMax) throw givenUp(file, failure);
    if (emptyAttempts > 0) await Bun.sleep(pace.pauseSeconds * 1000 * 2 ** (emptyAttempts - 1));
  }
  return hash.finish();
}

interface Progress {
  have: number;
  hash: ContentHash;
}

/**
 * One connection, from what is there to its end. `told` gets the state after every piece, so that a connection that
 * breaks loses nothing. Null: it came to its end.
 * @throws what will not pass: a refusal, a full disk
 */
async function attempt(
  { partial, options, have, hash }: { partial: string; options: FetchOptions } & Progress,
  told: (progress: Progress) => void,
): Promise<unknown> {
  const { file, onBytes, pace, signal } = options;
  const stall = new AbortController();
  const watchdog = setTimeout(
    () => stall.abort(new Error('Nothing came for a while.')),
    pace.stallSeconds * 1000,
  );
  const target = await open(partial, 'a').catch((error: unknown) => {
    throw asDiskFull(error);
  });
  try {
    const { offset, stream } = await file.open(have, AbortSignal.any([stall.signal, signal]));
    if (offset < have) {
      await target.truncate(0);
      onBytes(-have);
      ({ have, hash } = { have: 0, hash: contentHash(file) });
      told({ have, hash });
      if (offset > 0) throw new Error('The transfer began in the middle.');
    }
    for await (const chunk of stream) {
      watchdog.refresh();
      if (have + chunk.length > file.bytes) throw new StoreError(`${file.path} is longer than promised.`);
      await writeAll(target, chunk);
      hash.update(chunk);
      have += chunk.length;
      onBytes(chunk.length);
      told({ have, hash });
    }
    await target.sync();
    return null;
  } catch (error) {
    const known = asDiskFull(error);
    if (signal.aborted || known instanceof StoreError || known instanceof DiskFull) throw known;
    return error;
  } finally {
    clearTimeout(watchdog);
    await target.close();
  }
}

async function writeAll(target: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let written = 0; written < chunk.length;) {
    written += (await target.write(chunk, written)).bytesWritten;
  }
}

async function hashSoFar(partial: string, file: RemoteFile, have: number): Promise<ContentHash> {
  const hash = contentHash(file);
  if (have > 0) await hashFile(partial, hash);
  return hash;
}

/** Feeds a file to `hash`. */
export async function hashFile(path: string, hash: Pick<ContentHash, 'update'>): Promise<void> {
  for await (const chunk of Bun.file(path).stream()) hash.update(chunk);
}

function givenUp({ path }: RemoteFile, cause: unknown): StoreError {
  const reason = cause instanceof Error ? cause.message : 'it ends too early';
  return new StoreError(`${path} could not be fetched (${reason}). Start again to go on where it ended.`, {
    cause,
  });
}
