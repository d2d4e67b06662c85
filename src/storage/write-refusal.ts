import { CommitFailed, WriterClosed } from '../db/write-errors.ts';
import { type ApplianceError, ServiceUnavailable } from '../errors.ts';
import { DiskFull } from './disk-space.ts';

/** What a client is told of a write that could not be made; null where it is none, or nobody knows why. */
export function writeRefusal(error: unknown): ApplianceError | null {
  if (error instanceof CommitFailed && error.isDiskFull) return new DiskFull(error);
  if (error instanceof WriterClosed) return new ServiceUnavailable(error.message, 'stopping', 10);
  return null;
}
