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
  /** Deletes its files, but those that another request brought too. Safe to repeat. */
  discard(): Promise<void>;
}

/** RFC 6761: no name below `.invalid` is ever found, so that a forged URL is one that leads nowhere. */
const uploadOrigin = 'http://upload.invalid';

/** One file, however many requests brought it. */
interface Upload {
  path: string;
  /** Requests under way that brought it. */
  holders: number;
}

/** @param options.secret keeps the URLs unguessable, and the same from start to start */
export function createUploads(options: { filesRoot: string; secret: Uint8Array }): Uploads {
  const root = stagingRoot(options.filesRoot);
  const uploads = new Map<string, Upload>();
  const urlOf = (sha256: string) => {
    const token = createHmac('sha256', options.secret).update(`kt-upload-v1\n${sha256}`).digest('hex');
    return `${uploadOrigin}/${token}`;
  };
  return {
    find: (url) => uploads.get(url)?.path ?? null,
    async open() {
      await mkdir(root, { recursive: true });
      const held: string[] = [];
      return {
        async receive(chunks) {
          const path = join(root, randomUUID());
          const url = urlOf(await writeChunks(path, chunks));
          const known = uploads.get(url);
          held.push(url);
          uploads.set(url, { path: known?.path ?? path, holders: (known?.holders ?? 0) + 1 });
          if (known) await rm(path);
          return url;
        },
        async discard() {
          for (const url of held.splice(0)) {
            const upload = uploads.get(url);
            if (!upload || --upload.holders > 0) continue;
            uploads.delete(url);
            await rm(upload.path, { force: true });
          }
        },
      };
    },
  };
}

/** @returns the SHA-256 of what was written; a failure leaves no file */
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
    await rm(path, { force: true });
    throw asDiskFull(error);
  } finally {
    await file.close();
  }
}
