import { link, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readInstalledWeights } from '../../src/models/installed-weights.ts';
import type { RemoteFile } from './remote-file.ts';
import { fileBytes } from './file-bytes.ts';

/**
 * Models of one family share text encoders and more: a file that another installed model has is linked and not fetched.
 * A linked file is hashed like any other that is found there; nothing here is ever written in place.
 * @param folder the store's
 * @returns the bytes that need not be fetched
 */
export async function linkShared(
  folder: string,
  { model, files }: { model: string; files: readonly RemoteFile[] },
): Promise<number> {
  const twins = await filesByHash(folder, model);
  let bytesLinked = 0;
  for (const { path, bytes, sha256 } of files) {
    const twin = sha256 === null ? undefined : twins.get(sha256);
    const target = join(folder, model, path);
    if (twin === undefined || (await fileBytes(target)) !== null || (await fileBytes(twin)) !== bytes)
      continue;
    await mkdir(dirname(target), { recursive: true });
    if (await mayLink(twin, target)) bytesLinked += bytes;
  }
  return bytesLinked;
}

/** Not between file systems, nor on one that has no links: there it is fetched. */
async function mayLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch {
    return false;
  }
}

async function filesByHash(folder: string, exceptModel: string): Promise<Map<string, string>> {
  const names = await readdir(folder);
  const others = names.filter((name) => name !== exceptModel);
  return new Map(
    others.flatMap((name) =>
      (readInstalledWeights(join(folder, name))?.files ?? []).map(({ path, sha256 }): [string, string] => [
        sha256,
        join(folder, name, path),
      ]),
    ),
  );
}
