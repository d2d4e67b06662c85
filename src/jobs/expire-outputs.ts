import { freeBytes } from '../storage/disk-space.ts';
import type { JobParts } from './parts.ts';

type ExpireParts = Pick<JobParts, 'store' | 'rules' | 'clock' | 'retentionClock' | 'writer' | 'cleanUp'>;

/**
 * Deletes outputs past their time, and, until `freeBytesWanted` are free, the oldest ones past their promise.
 * @returns of how many jobs
 */
export async function expireOutputs(parts: ExpireParts, freeBytesWanted: number): Promise<number> {
  const { store, rules, clock, retentionClock, writer, cleanUp } = parts;
  const removed = await cleanUp.removeExpired({
    now: retentionClock(),
    freeBytes: freeBytes(rules.filesRoot),
    promisedHours: rules.promiseHours,
    deleteAfterHours: rules.deleteHours,
    lowWaterBytes: freeBytesWanted,
    jobs: store.withFiles().map((job) => ({ ...job, pinned: false })),
  });
  if (removed.length === 0) return 0;
  await writer.write(() => {
    for (const jobId of removed) store.markFilesRemoved(jobId, clock());
  });
  return removed.length;
}
