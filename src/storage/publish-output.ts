import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asDiskFull } from './disk-space.ts';
import { jobFolder, syncToDisk } from './folders.ts';
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
        const isNew = (await mkdir(root, { recursive: true })) !== undefined;
        if (!isNew) {
          await rm(root, { recursive: true, force: true });
          await mkdir(root);
        }
        await Promise.all([mkdir(folders.scratchFolder), mkdir(folders.outputFolder)]);
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
        const target = jobFolder(filesRoot, jobId, 'out');
        await removeUndeclared(outputFolder, outputs);
        await moveIntoPlace(outputFolder, target);
        // Nobody hears of the job's success before all of this is on disk, so the order among them is free;
        // at once, they share the file system's commits.
        const files = outputs.map(({ filename }) => join(target, filename));
        await Promise.all([...files, target, dirname(target), dirname(dirname(target))].map(syncToDisk));
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
  try {
    await rename(folder, target);
  } catch (error) {
    // An attempt that died between its rename and the database's word left it full.
    if (!isNotEmpty(error)) throw error;
    await rm(target, { recursive: true, force: true });
    await rename(folder, target);
  }
}

function isNotEmpty(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOTEMPTY' || code === 'EEXIST';
}

async function withDiskFull<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asDiskFull(error);
  }
}
