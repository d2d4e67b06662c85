import { rm } from 'node:fs/promises';
import type { Writer } from '../../db/writer.ts';
import type { Log } from '../../log.ts';
import type { AssetFolder } from './asset-folder.ts';
import { makePreview, previewExtension } from './make-preview.ts';
import type { AssetStore } from './store.ts';
import type { StoredFile } from './tables.ts';

interface PreviewsOptions {
  store: AssetStore;
  folder: AssetFolder;
  writer: Writer;
  log: Log;
  /** A larger picture is not decoded. */
  pixelsMax: number;
}

/** Makes previews in the background, one at a time, and what an earlier process left of them. */
export interface Previews {
  /** There may be work. */
  wake(): void;
  /** Resolves when nothing is under way; no other begins. */
  stop(): Promise<void>;
}

/** How often one is tried whose making ended with the process. */
const attemptsMax = 3;

export function createPreviews(options: PreviewsOptions): Previews {
  const { store, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let underWay: Promise<void> | undefined;
  let isMore = false;
  const work = async () => {
    while (isMore) {
      isMore = false;
      for (let file = store.previewWanted(); file && !signal.aborted; file = store.previewWanted()) {
        await previewFile(options, file, signal);
      }
    }
  };
  return {
    wake() {
      isMore = true;
      if (signal.aborted) return;
      underWay ??= work()
        .catch((error) => log.error('previews stopped until the next file comes', { error }))
        .finally(() => (underWay = undefined));
    },
    async stop() {
      stopping.abort();
      await underWay;
    },
  };
}

async function previewFile(options: PreviewsOptions, file: StoredFile, signal: AbortSignal): Promise<void> {
  const { store, folder, writer, log, pixelsMax } = options;
  const asset = store.assetOf(file);
  const extension = asset ? previewExtension(asset.kind) : null;
  if (!asset || extension === null || file.previewAttempts >= attemptsMax) return giveUp(options, file);
  await writer.write(
    () => void store.updateFile(file, { previewAttempts: file.previewAttempts + 1 }),
    'commit',
  );
  const to = await folder.scratch();
  try {
    await makePreview({ asset, from: folder.pathOf(file), to, pixelsMax, signal });
    if (!(await folder.addPreview(file, { path: to, extension }))) return;
    await writer.write(() => void store.updateFile(file, { preview: 'made' }));
  } catch (error) {
    if (signal.aborted) return;
    log.warn('a preview could not be made', { sha256: file.sha256, error });
    await giveUp(options, file);
  } finally {
    await rm(to, { force: true });
  }
}

function giveUp({ store, writer }: PreviewsOptions, file: StoredFile): Promise<void> {
  return writer.write(() => void store.updateFile(file, { preview: 'none' }));
}
