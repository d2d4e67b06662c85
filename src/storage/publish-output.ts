import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asDiskFull } from './disk-space.ts';
import { isJobId, jobFolder, removeFolder, syncToDisk } from './folders.ts';
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

/** The folders of one attempt at a job: outputs are made in one, everything else in the other. */
export interface ScratchFolders {
  /** Holds both, and is named `<jobId>-<random>`: no attempt ever shares it with another. */
  attemptFolder: string;
  scratchFolder: string;
  outputFolder: string;
}

interface OutputStoreOptions {
  filesRoot: string;
  /** Exists, on the same file system as `filesRoot`: outputs are renamed over, never copied. */
  scratchRoot: string;
  /** Largest single output. */
  outputBytesMax: number;
}

export interface OutputStore {
  /** Names the folders of a new attempt. The runner makes them when it first writes, which some never do. */
  nameScratch(jobId: string): ScratchFolders;
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
  /** Deletes an attempt's folders, and all that is in them. Safe to repeat. */
  removeScratch(folders: ScratchFolders): Promise<void>;
}

export function createOutputStore(options: OutputStoreOptions): OutputStore {
  const { filesRoot, scratchRoot, outputBytesMax } = options;
  return {
    nameScratch(jobId) {
      if (!isJobId(jobId)) throw new Error(`Not a job id: ${JSON.stringify(jobId)}`);
      const attemptFolder = join(scratchRoot, `${jobId}-${randomBytes(8).toString('hex')}`);
      return {
        attemptFolder,
        scratchFolder: join(attemptFolder, 'scratch'),
        outputFolder: join(attemptFolder, 'out'),
      };
    },
    async publish({ jobId, outputs, outputFolder }) {
      if (outputs.length === 0) return [];
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
    async removeScratch({ attemptFolder }) {
      await removeFolder(attemptFolder);
    },
  };
}

function assertDistinct(outputs: readonly DeclaredOutput[]): void {
  const names = new Set(outputs.map((output) => output.filename.toLowerCase()));
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
