import { stat } from 'node:fs/promises';

/** A file's length; null where there is no such file. @throws the system's error where that can't be told */
export async function fileBytes(path: string): Promise<number | null> {
  const found = await stat(path).catch(nullIfMissing);
  return found?.isFile() ? found.size : null;
}

/** For what may not be there. Any other failure is one. */
export function nullIfMissing(error: unknown): null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return null;
  throw error;
}
