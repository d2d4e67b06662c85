import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { constants, copyFile, stat, writeFile } from 'node:fs/promises';
import type { MediaInput } from '../media/media-input.ts';
import { type GuardedFetchCode, GuardedFetchError } from '../net/guarded-fetch-error.ts';
import type { GuardedFetch } from '../net/guarded-fetch.ts';
import { decodeInline, isDataUri } from './decode-inline.ts';
import { MediaRefused, type MediaRefusalCode } from './media-refused.ts';
import type { RequestBounds } from './request-bounds.ts';

/** What a URL is to this appliance: someone else's, one of its own files, or one of its own that can't be read. */
export type OwnFile =
  | { kind: 'foreign' }
  | { kind: 'own'; path: string }
  /** Came in this very request. */
  | { kind: 'upload'; path: string }
  | { kind: 'refused'; message: string };

/** Finds out whether `url` (as the client wrote it, perhaps without an origin) names a file of this appliance. */
export type ReadOwnFile = (url: string) => Promise<OwnFile>;

/** A client's bytes on disk, unjudged. */
export interface ReceivedFile {
  bytes: number;
  sha256: string;
  source: string;
  isInline: boolean;
  /** Every type that the client claimed for it. What a web server claims is not the client's and not here. */
  mimeTypes: string[];
}

export interface ReceiveOptions {
  /** A new file. */
  path: string;
  bytesMax: number;
  fetchSecondsMax: number;
  guardedFetch: GuardedFetch;
  readOwnFile: ReadOwnFile;
  signal: AbortSignal;
  /** Counts what is about to be written. */
  take: RequestBounds['take'];
}

/**
 * Brings one input to disk, wherever it stands: inside the request, behind a URL, or among the appliance's own
 * files.
 * @throws MediaRefused, DiskFull
 */
export async function receiveMedia(input: MediaInput, options: ReceiveOptions): Promise<ReceivedFile> {
  if (typeof input !== 'string' || isDataUri(input)) {
    const { bytes, mimeTypes } = decodeInline(input, options.bytesMax);
    await options.take(bytes.byteLength);
    await writeFile(options.path, bytes, { flag: 'wx', mode: 0o600 });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { bytes: bytes.byteLength, sha256, source: 'inline', isInline: true, mimeTypes };
  }
  const own = await options.readOwnFile(input);
  switch (own.kind) {
    case 'own':
      return { ...(await copyOwn(own.path, options)), source: pathOf(input), isInline: false, mimeTypes: [] };
    case 'upload':
      return { ...(await copyOwn(own.path, options)), source: 'upload', isInline: true, mimeTypes: [] };
    case 'refused':
      throw new MediaRefused('not_fetched', own.message);
    case 'foreign':
      return { ...(await download(input, options)), source: input, isInline: false, mimeTypes: [] };
  }
}

/** Without the signature, which opens the file to whoever reads it. */
function pathOf(url: string): string {
  return URL.parse(url, 'http://own.invalid')?.pathname ?? url;
}

async function copyOwn(path: string, options: ReceiveOptions): Promise<{ bytes: number; sha256: string }> {
  const { size } = await stat(path);
  if (size > options.bytesMax) {
    throw new MediaRefused(
      'too_large',
      `The file is larger than the ${options.bytesMax} bytes allowed here.`,
    );
  }
  await options.take(size);
  await copyFile(path, options.path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(options.path)) hash.update(chunk as Uint8Array);
  return { bytes: size, sha256: hash.digest('hex') };
}

async function download(url: string, options: ReceiveOptions): Promise<{ bytes: number; sha256: string }> {
  const { path, bytesMax, fetchSecondsMax: timeoutSeconds, signal, take: onBytes } = options;
  try {
    const { bytes, sha256 } = await options.guardedFetch.download(url, {
      ...{ path, bytesMax, timeoutSeconds, signal, onBytes },
    });
    if (bytes === 0) throw new MediaRefused('unreadable', 'The URL brought an empty file.');
    return { bytes, sha256 };
  } catch (cause) {
    if (!(cause instanceof GuardedFetchError)) throw cause;
    signal.throwIfAborted();
    throw new MediaRefused(refusalOf(cause.code), cause.message, { cause });
  }
}

function refusalOf(code: GuardedFetchCode): MediaRefusalCode {
  return code === 'too_large' ? 'too_large' : 'not_fetched';
}
