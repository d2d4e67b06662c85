import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { GuardedFetch } from '../net/guarded-fetch.ts';
import { type CleanUp, createCleanUp } from './clean-up.ts';
import { jobsRoot, syncToDisk } from './folders.ts';
import { createOwnFileReader, type FindKept } from './own-files.ts';
import { createOutputStore, type OutputStore } from './publish-output.ts';
import { createRoom, type Room } from './room.ts';
import { loadSecret } from './secret.ts';
import { createUrlSigner, type UrlSigner } from './signed-url.ts';
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
  room: Room;
  cleanUp: CleanUp;
}

/** Builds the storage on a data folder; its folders and its signing secret are made where they are missing. */
export async function createStorage(options: {
  dataFolder: string;
  limits: StagingLimits;
  outputBytesMax: number;
  guardedFetch: GuardedFetch;
  lowWaterBytes: number;
  /** See {@link createRoom}. */
  expire: (freeBytesWanted: number) => Promise<number>;
  /** Where it looks before it looks among jobs. */
  findKept: FindKept;
  /** For what grows too old. */
  clock: Clock;
  /** For waits. */
  steadyClock: Clock;
  log: Log;
}): Promise<Storage> {
  const { dataFolder, limits, outputBytesMax, guardedFetch, lowWaterBytes, expire } = options;
  const { findKept, clock, steadyClock, log } = options;
  const filesRoot = join(dataFolder, 'files');
  const scratchRoot = join(dataFolder, 'scratch');
  const urls = createUrlSigner(await loadSecret(dataFolder, 'file-urls'));
  const uploads = createUploads({
    filesRoot,
    secret: await loadSecret(dataFolder, 'uploads'),
  });
  await makeFolders(dataFolder, filesRoot);
  const readOwnFile = createOwnFileReader({ filesRoot, signer: urls, clock, uploads, findKept });
  const room = createRoom({ filesRoot, lowWaterBytes, expire, clock: steadyClock, log });
  return {
    filesRoot,
    scratchRoot,
    room,
    urls,
    uploads,
    staging: createStaging({ filesRoot, limits, guardedFetch, readOwnFile, room, log }),
    outputs: createOutputStore({ filesRoot, scratchRoot, outputBytesMax }),
    cleanUp: createCleanUp({ filesRoot, scratchRoot, log }),
  };
}

/**
 * What is renamed into a job's folder survives a power cut only where all the names that lead there are on disk:
 * here, once, those above a job's own. The secrets made before lie in the data folder too.
 */
async function makeFolders(dataFolder: string, filesRoot: string): Promise<void> {
  await mkdir(jobsRoot(filesRoot), { recursive: true });
  await syncToDisk(filesRoot);
  await syncToDisk(dataFolder);
}
