import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { GuardedFetchError } from './guarded-fetch-error.ts';

export interface ReceivedBody {
  bytes: number;
  sha256: string;
}

export interface SaveBodyOptions {
  /** Must not exist yet. */
  path: string;
  bytesMax: number;
  signal: AbortSignal;
  stallSeconds: number;
  bytesPerSecondMin: number;
  onBytes?: OnBytes | undefined;
}

/** Asked before so many bytes more are written. What it throws ends the download, and is what that throws. */
export type OnBytes = (bytes: number) => Promise<void>;

/**
 * Streams a response's body to a new file; nothing is held in memory beyond a chunk. A failure leaves no file.
 * @throws GuardedFetchError `too_large`, `too_slow`, `truncated`, or the signal's reason; or what `onBytes` throws
 */
export async function saveBody(response: IncomingMessage, options: SaveBodyOptions): Promise<ReceivedBody> {
  if (Number(response.headers['content-length'] ?? 0) > options.bytesMax) {
    response.destroy();
    throw tooLarge(options.bytesMax);
  }
  const file = await open(options.path, 'wx', 0o600).catch((error: unknown) => {
    response.destroy();
    throw error;
  });
  try {
    return await writeBody(response, file, options);
  } catch (error) {
    response.destroy();
    await rm(options.path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function writeBody(
  response: IncomingMessage,
  file: FileHandle,
  options: SaveBodyOptions,
): Promise<ReceivedBody> {
  const { bytesMax, signal } = options;
  const hash = createHash('sha256');
  let bytes = 0;
  using _pace = watchPace(response, options, () => bytes);
  for await (const chunk of chunksOf(response, signal)) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    await options.onBytes?.(chunk.byteLength);
    hash.update(chunk);
    await file.writeFile(chunk);
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** The body's chunks; ends in the signal's reason when it fires, in `truncated` when the body stops early. */
async function* chunksOf(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const onAbort = () => response.destroy(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const chunk of response) yield chunk as Uint8Array;
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw cause instanceof GuardedFetchError ? cause : truncated(cause);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  if (signal.aborted) throw signal.reason;
  if (response.errored instanceof GuardedFetchError) throw response.errored;
  if (!response.complete) throw truncated();
}

/** Destroys a response whose body comes too slowly. */
function watchPace(
  response: IncomingMessage,
  options: SaveBodyOptions,
  bytesSoFar: () => number,
): Disposable {
  let before = 0;
  const timer = setInterval(() => {
    const now = bytesSoFar();
    if (now - before < options.bytesPerSecondMin * options.stallSeconds) {
      response.destroy(new GuardedFetchError('too_slow', "The URL's server sends its file too slowly."));
    }
    before = now;
  }, options.stallSeconds * 1000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function tooLarge(bytesMax: number): GuardedFetchError {
  return new GuardedFetchError('too_large', `The file is larger than the ${bytesMax} bytes allowed here.`);
}

function truncated(cause?: unknown): GuardedFetchError {
  return new GuardedFetchError('truncated', "The URL's server ended its file early.", { cause });
}
