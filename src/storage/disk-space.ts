import { statfsSync } from 'node:fs';
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

/** Bytes that the file system of `path` has left for this process. The kernel knows it without looking at the disk. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/** A full disk or quota becomes {@link DiskFull}; every other error stays what it is. */
export function asDiskFull(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT' ? new DiskFull(error) : error;
}
