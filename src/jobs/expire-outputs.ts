import { hourMs } from '../clock.ts';
import { freeBytes } from '../storage/disk-space.ts';
import { keptBytes } from './kept-bytes.ts';
import type { JobParts } from './parts.ts';
import type { JobWithFiles } from './store.ts';

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
    // While there is room enough, nobody asks what a deletion frees.
    const jobs = free < freeBytesWanted ? await withFreedBytes(rules.filesRoot, page) : page;
    const removed = await cleanUp.removeExpired({
      ...{ now, freeBytes: free, promisedHours: promiseHours, deleteAfterHours: deleteHours },
      lowWaterBytes: freeBytesWanted,
      jobs: jobs.map((job) => ({ ...job, pinned: false })),
    });
    await writer.write(() => {
      for (const jobId of removed) store.markFilesRemoved(jobId, clock());
    });
    const gone = new Set(removed);
    for (const { jobId, bytes } of jobs) free += gone.has(jobId) ? bytes : 0;
    count += removed.length;
  }
}

/** The same jobs, with the bytes that their deletion would free. */
async function withFreedBytes(filesRoot: string, page: readonly JobWithFiles[]): Promise<JobWithFiles[]> {
  const jobs: JobWithFiles[] = [];
  for (const job of page) {
    jobs.push({ ...job, bytes: Math.max(0, job.bytes - (await keptBytes(filesRoot, job.jobId))) });
  }
  return jobs;
}
