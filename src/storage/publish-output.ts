import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asDiskFull } from './disk-space.ts';
import { jobFolder, syncParent, syncToDisk } from './folders.ts';
import { checkOutput, OutputRefused } from './check-output.ts';

/** What a runner says of one file it made; the fields of the protocol's `RunOutput`. */
export interface DeclaredOutput {
  /** A bare file name inside the output folder. */
  filename: string;
  mimeType: string;
  width?: number;
  height?: number;
  durationSeconds?: number;
  frames?: number;
}

/** An output after it was checked, measured and made permanent. */
export interface PublishedOutput extends DeclaredOutput {
  bytes: number;
  sha256: string;
}

/** The folders of one attempt: outputs are made in one, everything else in the other. Both exist and are empty. */
export interface ScratchFolders {
  scratchFolder: string;
  outputFolder: string;
}

/** One attempt at one job. A later attempt shares no folder with an earlier one. */
export interface Attempt {
  jobId: string;
  attempt: number;
}

export interface OutputStoreOptions {
  filesRoot: string;
  /** On the same file system as `filesRoot`: outputs are renamed over, never copied. */
  scratchRoot: string;
  /** Largest single output. */
  outputBytesMax: number;
}

export interface OutputStore {
  /** Makes the empty folders of an attempt; what an earlier process left there is removed. @throws DiskFull */
  createScratch(attempt: Attempt): Promise<ScratchFolders>;
  /**
   * Checks every declared output, makes them durable and renames their folder to the job's `out` in one step:
   * a reader finds all of them or none. What an earlier attempt left there unpublished is replaced.
   * @throws OutputRefused when a file is not what its runner declared
   * @throws DiskFull
   */
  publish(publication: {
    jobId: string;
    outputs: readonly DeclaredOutput[];
    outputFolder: string;
  }): Promise<PublishedOutput[]>;
  /** Deletes an attempt's folders, and all that is in them. */
  removeScratch(attempt: Attempt): Promise<void>;
}

export function createOutputStore(options: OutputStoreOptions): OutputStore {
  const { filesRoot, scratchRoot, outputBytesMax } = options;
  const rootOf = (attempt: Attempt) => scratchRootOf(scratchRoot, attempt);
  return {
    async createScratch(attempt) {
      const root = rootOf(attempt);
      const folders = { scratchFolder: join(root, 'scratch'), outputFolder: join(root, 'out') };
      await withDiskFull(async () => {
        await rm(root, { recursive: true, force: true });
        await mkdir(folders.scratchFolder, { recursive: true });
        await mkdir(folders.outputFolder);
      });
      return folders;
    },
    async publish({ jobId, outputs, outputFolder }) {
      assertDistinct(outputs);
      const published: PublishedOutput[] = [];
      for (const output of outputs) {
        published.push({ ...output, ...(await checkOutput(outputFolder, output, outputBytesMax)) });
      }
      await withDiskFull(async () => {
        await removeUndeclared(outputFolder, outputs);
        for (const { filename } of outputs) await syncToDisk(join(outputFolder, filename));
        await syncToDisk(outputFolder);
        await moveIntoPlace(outputFolder, jobFolder(filesRoot, jobId, 'out'));
      });
      return published;
    },
    async removeScratch(attempt) {
      await rm(rootOf(attempt), { recursive: true, force: true });
    },
  };
}

function scratchRootOf(scratchRoot: string, { jobId, attempt }: Attempt): string {
  if (!Number.isInteger(attempt) || attempt < 0) throw new Error(`Not an attempt: ${attempt}`);
  // jobFolder judges the id; only its last part is wanted.
  jobFolder(scratchRoot, jobId);
  return join(scratchRoot, `${jobId}-${attempt}`);
}

function assertDistinct(outputs: readonly DeclaredOutput[]): void {
  const names = new Set(outputs.map((output) => output.filename.toLowerCase()));
  if (outputs.length === 0) throw new OutputRefused('The engine named no output.');
  if (names.size !== outputs.length) throw new OutputRefused('The engine named an output twice.');
}

/** Only what was declared and checked is published. */
async function removeUndeclared(folder: string, outputs: readonly DeclaredOutput[]): Promise<void> {
  const declared = new Set(outputs.map((output) => output.filename));
  for (const name of await readdir(folder)) {
    if (!declared.has(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function moveIntoPlace(folder: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const leftover = `${target}.replaced-${randomUUID()}`;
  await rename(target, leftover).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(folder, target);
  await syncParent(target);
  await syncParent(dirname(target));
  await rm(leftover, { recursive: true, force: true });
}

async function withDiskFull<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asDiskFull(error);
  }
}
