import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A text file that bytes are appended to; at `bytesMax` it becomes `<path>.1` (replacing the one before). */
export interface LogFile {
  append(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Opens (or makes) the file at `path`. */
export async function openLogFile(options: { path: string; bytesMax: number }): Promise<LogFile> {
  const { path, bytesMax } = options;
  await mkdir(dirname(path), { recursive: true });
  let file: FileHandle = await open(path, 'a', 0o600);
  let size = (await file.stat()).size;
  return {
    async append(bytes) {
      if (size > 0 && size + bytes.length > bytesMax) {
        await file.close();
        await rename(path, `${path}.1`);
        file = await open(path, 'a', 0o600);
        size = 0;
      }
      await file.appendFile(bytes);
      size += bytes.length;
    },
    close: () => file.close(),
  };
}
