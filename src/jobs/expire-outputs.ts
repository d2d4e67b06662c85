import { hourMs } from '../clock.ts';
import { freeBytes } from '../storage/disk-space.ts';
import type { JobParts } from './parts.ts';

type ExpireParts = Pick<JobParts, 'store' | 'rules' | 'retentionClock' | 'clock' | 'writer' | 'cleanUp'>;

/** Deleted before the next are looked up: a look holds up every request, and so does a transaction. */
const jobsAtOnce = 200;

/**
 * Deletes outputs past their time, and, until `freeBytesWanted` are free, the oldest ones past their promise.
 * @returns of how many jobs
 */
export async function expireOutputs(parts: ExpireParts, freeBytesWanted: number): Promise<number> {
  const { store, rules, clock, writer, cleanUp } = parts;
  const { promiseHours, deleteHours } = rules;
  const now = parts.retentionClock();
  let free = freeBytes(rules.filesRoot);
  let count = 0;
  let after = { finishedAt: 0, sequence: 0 };
  for (;;) {
    const hours = free < freeBytesWanted ? Math.min(promiseHours, deleteHours) : deleteHours;
    const page = store.withFiles({ finishedBy: now - hours * hourMs, after, limit: jobsAtOnce });
    const last = page.at(-1);
    if (!last) return count;
    after = last;
    const removed = await cleanUp.removeExpired({
      ...{ now, freeBytes: free, promisedHours: promiseHours, deleteAfterHours: deleteHours },
      lowWaterBytes: freeBytesWanted,
      jobs: page.map((job) => ({ ...job, pinned: false })),
    });
    await writer.write(() => {
      for (const jobId of removed) store.markFilesRemoved(jobId, clock());
    });
    const gone = new Set(removed);
    for (const { jobId, bytes } of page) free += gone.has(jobId) ? bytes : 0;
    count += removed.length;
  }
}
