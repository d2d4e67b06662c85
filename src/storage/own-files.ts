import { access } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import { outputPath } from './folders.ts';
import type { ReadOwnFile } from './receive-media.ts';
import type { ServedFile } from './serve.ts';
import { parseFileUrl, type SignedFile, type UrlSigner } from './signed-url.ts';
import type { Uploads } from './uploads.ts';

/** Finds a file that is kept longer than a job's, by what its signed URL names; null where none is. */
export type FindKept = (file: SignedFile) => KeptFile | null;

export interface KeptFile extends ServedFile {
  path: string;
}

/**
 * Recognises this appliance's own file URLs by their signature, on whatever address a client reached it, and
 * answers where the file lies on disk. A URL that the appliance did not sign is someone else's.
 */
export function createOwnFileReader(options: {
  filesRoot: string;
  signer: UrlSigner;
  clock: Clock;
  uploads: Uploads;
  findKept: FindKept;
}): ReadOwnFile {
  const { filesRoot, signer, clock, uploads, findKept } = options;
  return async (url) => {
    const upload = uploads.find(url);
    if (upload !== null) return { kind: 'upload', path: upload };
    const parts = parseFileUrl(url);
    if (!parts) return { kind: 'foreign' };
    switch (signer.verify(parts, clock())) {
      case 'invalid':
        return url.startsWith('/')
          ? { kind: 'refused', message: 'The file URL is not signed by this server.' }
          : { kind: 'foreign' };
      case 'expired':
        return {
          kind: 'refused',
          message: 'The file URL has expired; ask again for what it is of to get a new one.',
        };
      case 'ok':
        return readable(findKept(parts)?.path ?? outputPath(filesRoot, parts.jobId, parts.filename));
    }
  };
}

async function readable(path: string): ReturnType<ReadOwnFile> {
  try {
    await access(path);
    return { kind: 'own', path };
  } catch {
    return { kind: 'refused', message: 'The file has expired and was deleted.' };
  }
}
