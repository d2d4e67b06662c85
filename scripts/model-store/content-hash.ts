import type { RemoteFile } from './remote-file.ts';

/** Reads a content once and tells its SHA-256, and whether it is what was promised. */
export interface ContentHash {
  update(chunk: Uint8Array): void;
  /** @returns null where the content is not the promised one */
  finish(): { sha256: string } | null;
}

export function contentHash({ bytes, sha256, gitBlob }: Omit<RemoteFile, 'path' | 'open'>): ContentHash {
  const hasher = new Bun.CryptoHasher('sha256');
  const git = gitBlob === null ? null : new Bun.CryptoHasher('sha1').update(`blob ${bytes}\0`);
  let seen = 0;
  return {
    update(chunk) {
      seen += chunk.length;
      hasher.update(chunk);
      git?.update(chunk);
    },
    finish() {
      const found = hasher.digest('hex');
      const isPromised =
        seen === bytes &&
        (sha256 === null || found === sha256) &&
        (git === null || git.digest('hex') === gitBlob);
      return isPromised ? { sha256: found } : null;
    },
  };
}
