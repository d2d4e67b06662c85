import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { GuardedFetch } from '../net/guarded-fetch.ts';
import { type CleanUp, createCleanUp } from './clean-up.ts';
import { createOwnFileReader } from './own-files.ts';
import { createOutputStore, type OutputStore } from './publish-output.ts';
import { createUrlSigner, loadSecret, type UrlSigner } from './signed-url.ts';
import { createStaging, type Staging } from './stage-input.ts';
import type { StagingLimits } from './staging-limits.ts';
import { createUploads, type Uploads } from './uploads.ts';

/** Everything that keeps files. */
export interface Storage {
  filesRoot: string;
  scratchRoot: string;
  urls: UrlSigner;
  uploads: Uploads;
  staging: Staging;
  outputs: OutputStore;
  cleanUp: CleanUp;
}

/** Builds the storage on a data folder; its folders and its signing secret are made where they are missing. */
export async function createStorage(options: {
  dataFolder: string;
  limits: StagingLimits;
  outputBytesMax: number;
  guardedFetch: GuardedFetch;
  clock: Clock;
  log: Log;
}): Promise<Storage> {
  const { dataFolder, limits, outputBytesMax, guardedFetch, clock, log } = options;
  const filesRoot = join(dataFolder, 'files');
  const scratchRoot = join(dataFolder, 'scratch');
  const urls = createUrlSigner(await loadSecret(join(dataFolder, 'secrets', 'file-urls.key')));
  const uploads = createUploads({
    filesRoot,
    secret: await loadSecret(join(dataFolder, 'secrets', 'uploads.key')),
  });
  const readOwnFile = createOwnFileReader({ filesRoot, signer: urls, clock, uploads });
  return {
    filesRoot,
    scratchRoot,
    urls,
    uploads,
    staging: createStaging({ filesRoot, limits, guardedFetch, readOwnFile, log }),
    outputs: createOutputStore({ filesRoot, scratchRoot, outputBytesMax }),
    cleanUp: createCleanUp({ filesRoot, scratchRoot, log }),
  };
}
