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
  for (const name of (await orNullWhereGone(readdir(folder))) ?? []) {
    const found = await orNullWhereGone(stat(join(folder, name)));
    if (found && found.nlink > 1) bytes += found.size;
  }
  return bytes;
}

/** What is gone keeps nothing: somebody else makes room at the same time. */
async function orNullWhereGone<T>(look: Promise<T>): Promise<T | null> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
