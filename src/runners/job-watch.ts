import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of all files below the folders; a folder that is not there counts as empty. */
export async function folderBytes(folders: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const folder of folders) {
    // Many a job needs neither folder; a look costs much less than an attempt to list it.
    if (!existsSync(folder)) continue;
    for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }).catch(emptyIfGone)) {
      if (entry.isFile()) bytes += await fileBytes(join(entry.parentPath, entry.name));
    }
  }
  return bytes;
}

async function fileBytes(path: string): Promise<number> {
  return (await stat(path).catch(nothingIfGone))?.size ?? 0;
}

/** The job deletes its own temporary files while they are counted. */
function nothingIfGone(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}

function emptyIfGone(error: unknown): [] {
  nothingIfGone(error);
  return [];
}

/** What a watched job did wrong. */
export type Breach = 'stalled' | 'output_too_large';

export interface JobWatch {
  /** The runner gave a sign of life for this job. */
  heard(): void;
  stop(): void;
}

/**
 * Looks at a running job every `checkSeconds`: has it been silent for `stallSeconds`, have its folders
 * grown beyond `outputBytesMax`? Calls `onBreach` at most once.
 */
export function watchJob(options: {
  folders: readonly string[];
  stallSeconds: number;
  outputBytesMax: number;
  checkSeconds: number;
  onBreach: (breach: Breach) => void;
  /** The folders could not be read. */
  onError: (error: unknown) => void;
}): JobWatch {
  let heardAt = performance.now();
  let stopped = false;
  let timer = setTimeout(check, options.checkSeconds * 1000);

  function check(): void {
    findBreach().then((breach) => {
      if (stopped) return;
      if (breach) options.onBreach(breach);
      else timer = setTimeout(check, options.checkSeconds * 1000);
    }, options.onError);
  }

  async function findBreach(): Promise<Breach | null> {
    if (performance.now() - heardAt > options.stallSeconds * 1000) return 'stalled';
    const bytes = await folderBytes(options.folders);
    return bytes > options.outputBytesMax ? 'output_too_large' : null;
  }

  return {
    heard: () => {
      heardAt = performance.now();
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
