import type { WeightsSource } from '../../src/models/gpu-model.ts';
import { byteSize } from './byte-size.ts';
import { safePath } from './file-patterns.ts';
import { openUrl, request } from './http-source.ts';
import { type Listing, totalBytes } from './remote-file.ts';
import { StoreError } from './store-error.ts';

/**
 * The files of weights that their authors keep at an address of their own. It tells their lengths and no hashes: what
 * they must be stands in the manifest, and where that doesn't say, what came first is what is recorded.
 * @throws StoreError
 */
export async function listAddress(address: string, wanted: WeightsSource): Promise<Listing> {
  const files = await Promise.all(
    wanted.files.map(async (name) => {
      const url = `${address}/${name.split('/').map(encodeURIComponent).join('/')}`;
      return {
        path: safePath(wanted.folder === undefined ? name : `${wanted.folder}/${name}`),
        bytes: await lengthOf(url),
        ...{ sha256: wanted.sha256?.[name] ?? null, gitBlob: null },
        open: (offset: number, signal: AbortSignal) => openUrl(url, { offset, signal }),
      };
    }),
  );
  const found = totalBytes(files);
  if (found !== wanted.bytes) {
    throw new StoreError(
      `${wanted.source} at ${address} has ${byteSize(found)} (${found} B) and not the ${wanted.bytes} B of its manifest.`,
    );
  }
  return { wanted, commit: null, files };
}

async function lengthOf(url: string): Promise<number> {
  const length = (await request(url, { method: 'HEAD' })).headers.get('content-length');
  if (length === null) throw new StoreError(`${url} tells no length.`);
  return Number(length);
}
