import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { jobFolder } from '../storage/folders.ts';

/**
 * Of a job's outputs, the bytes that stay on the disk when they are deleted: a file that has a second name, as one that
 * Studio keeps has, is gone only with both.
 */
export async function keptBytes(filesRoot: string, jobId: string): Promise<number> {
  const folder = jobFolder(filesRoot, jobId, 'out');
  let bytes = 0;
  for (const name of await namesIn(folder)) {
    const { nlink, size } = await stat(join(folder, name));
    if (nlink > 1) bytes += size;
  }
  return bytes;
}

/** None where the folder is gone: then it keeps nothing. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
