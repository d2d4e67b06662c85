import { statfs } from 'node:fs/promises';
import { ApplianceError } from '../errors.ts';

/** 507: the disk can't take what the request would write. */
export class DiskFull extends ApplianceError {
  constructor(cause?: unknown) {
    super({
      code: 'storage_full',
      status: 507,
      message:
        'The server has no disk space left for this. Try again later, or ask its operator to free some.',
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/** Bytes that the file system of `path` has left for this process. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** A full disk or quota becomes {@link DiskFull}; every other error stays what it is. */
export function asDiskFull(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT' ? new DiskFull(error) : error;
}
