import { createHash, createHmac, randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asDiskFull } from './disk-space.ts';
import { stagingRoot } from './folders.ts';

/**
 * Files that came in a request's body. Each is given a URL that stands for it in the request's input, and that
 * leads to it as long as the request lasts. The same bytes have the same URL, so that a retry is the same request;
 * who has not sent them can't guess it.
 */
export interface Uploads {
  /** A place for the files of one request. */
  open(): Promise<UploadFolder>;
  /** Where the file behind `url` lies now; null where there is none. */
  find(url: string): string | null;
}

export interface UploadFolder {
  /** Writes a file as it comes and answers its URL. @throws DiskFull, or what `chunks` throws */
  receive(chunks: AsyncIterable<Uint8Array>): Promise<string>;
  /** Deletes what is left of its files and forgets their URLs. Safe to repeat. */
  discard(): Promise<void>;
}

/** RFC 6761: no name below `.invalid` is ever found, so that a forged URL is one that leads nowhere. */
const uploadOrigin = 'http://upload.invalid';

/** @param options.secret keeps the URLs unguessable, and the same from start to start */
export function createUploads(options: { filesRoot: string; secret: Uint8Array }): Uploads {
  const paths = new Map<string, Set<string>>();
  const urlOf = (sha256: string) => {
    const token = createHmac('sha256', options.secret).update(`kt-upload-v1\n${sha256}`).digest('hex');
    return `${uploadOrigin}/${token}`;
  };
  return {
    find: (url) => paths.get(url)?.values().next().value ?? null,
    async open() {
      const folder = join(stagingRoot(options.filesRoot), randomUUID());
      await mkdir(folder, { recursive: true });
      const own: [url: string, path: string][] = [];
      let count = 0;
      return {
        async receive(chunks) {
          const path = join(folder, String(count++));
          const url = urlOf(await writeChunks(path, chunks));
          own.push([url, path]);
          paths.set(url, (paths.get(url) ?? new Set()).add(path));
          return url;
        },
        async discard() {
          for (const [url, path] of own.splice(0)) {
            paths.get(url)?.delete(path);
            if (paths.get(url)?.size === 0) paths.delete(url);
          }
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
  };
}

/** @returns the SHA-256 of what was written */
async function writeChunks(path: string, chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    return hash.digest('hex');
  } catch (error) {
    throw asDiskFull(error);
  } finally {
    await file.close();
  }
}
