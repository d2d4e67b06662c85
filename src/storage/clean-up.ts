import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hourMs } from '../clock.ts';
import type { Log } from '../log.ts';
import { isJobId, jobFolder, removeFolder, stagingRoot } from './folders.ts';

/** A finished job whose outputs are still on disk. */
export interface StoredJob {
  jobId: string;
  /** Epoch milliseconds. */
  finishedAt: number;
  /** A Studio asset keeps it: never deleted here. */
  pinned: boolean;
  /** Of all its outputs, less what stays on the disk by another name. */
  bytes: number;
}

export interface Retention {
  /** Outputs are kept this long whatever happens. Default of the reference: 48. */
  promisedHours: number;
  /** Outputs are deleted at this age. Default of the reference: 72. */
  deleteAfterHours: number;
  /** Below this much free space, outputs past their promise go early, oldest first. */
  lowWaterBytes: number;
}

export interface ExpiryQuestion extends Retention {
  now: number;
  freeBytes: number;
  jobs: Iterable<StoredJob>;
}

/** Chooses the jobs whose outputs go now, oldest first. Pure. */
export function selectExpired(question: ExpiryQuestion): string[] {
  const { now, promisedHours, deleteAfterHours, lowWaterBytes, jobs } = question;
  const ageHours = (job: StoredJob) => (now - job.finishedAt) / hourMs;
  const oldestFirst = [...jobs].filter((job) => !job.pinned).toSorted((a, b) => a.finishedAt - b.finishedAt);
  let { freeBytes } = question;
  const expired: string[] = [];
  for (const job of oldestFirst) {
    const isOld = ageHours(job) >= deleteAfterHours;
    const mustGiveWay = job.bytes > 0 && freeBytes < lowWaterBytes && ageHours(job) >= promisedHours;
    if (!isOld && !mustGiveWay) continue;
    expired.push(job.jobId);
    freeBytes += job.bytes;
  }
  return expired;
}

export interface CleanUpOptions {
  filesRoot: string;
  scratchRoot: string;
  log: Log;
}

export interface CleanUp {
  /**
   * Deletes the outputs that {@link selectExpired} chooses and answers whose they were, so that the caller can
   * mark them. One that can't be deleted is logged and left out; the next round meets it again.
   */
  removeExpired(question: ExpiryQuestion): Promise<string[]>;
  /** Deletes a job's inputs: as soon as it is in a terminal state. Safe to repeat. */
  removeInputs(jobId: string): Promise<void>;
  /** Deletes everything of a job. Safe to repeat. */
  removeJob(jobId: string): Promise<void>;
  /**
   * Deletes staging and scratch folders that nobody has touched for `olderThanHours`: what a crash or a lost
   * request left. Answers how many.
   * @param sweep.isRunning says of a job that its scratch folder is in use, however old
   */
  sweepOrphans(sweep: {
    now: number;
    olderThanHours: number;
    isRunning: (jobId: string) => boolean;
  }): Promise<number>;
}

export function createCleanUp({ filesRoot, scratchRoot, log }: CleanUpOptions): CleanUp {
  return {
    async removeExpired(question) {
      const removed: string[] = [];
      for (const jobId of selectExpired(question)) {
        try {
          await removeFolder(jobFolder(filesRoot, jobId));
          removed.push(jobId);
        } catch (error) {
          log.error("a job's files could not be deleted", { jobId, error });
        }
      }
      return removed;
    },
    removeInputs: async (jobId) => removeFolder(jobFolder(filesRoot, jobId, 'in')),
    removeJob: async (jobId) => removeFolder(jobFolder(filesRoot, jobId)),
    async sweepOrphans({ now, olderThanHours, isRunning }) {
      const before = now - olderThanHours * hourMs;
      const staging = await foldersOlderThan(stagingRoot(filesRoot), before);
      const scratch = await foldersOlderThan(scratchRoot, before);
      const orphans = [...staging, ...scratch.filter((folder) => !isRunning(jobIdOfScratch(folder)))];
      for (const folder of orphans) await removeFolder(folder);
      if (orphans.length > 0) log.info('orphaned folders deleted', { count: orphans.length });
      return orphans.length;
    },
  };
}

/** Scratch folders are named `<jobId>-<random>`. */
function jobIdOfScratch(folder: string): string {
  const name = folder.slice(folder.lastIndexOf('/') + 1).replace(/-[^-]+$/, '');
  return isJobId(name) ? name : '';
}

async function foldersOlderThan(root: string, before: number): Promise<string[]> {
  const old: string[] = [];
  for (const name of await namesIn(root)) {
    const folder = join(root, name);
    if ((await lastChange(folder)) < before) old.push(folder);
  }
  return old;
}

/** A folder that was never made is empty. */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(ifMissing<string[]>([]));
}

/** The latest change of a folder or anything directly in it; never, when it is gone meanwhile. */
async function lastChange(folder: string): Promise<number> {
  const paths = [folder, ...(await namesIn(folder).catch(() => [])).map((name) => join(folder, name))];
  const times = paths.map((path) => stat(path).then((status) => status.mtimeMs, ifMissing(0)));
  return Math.max(...(await Promise.all(times)));
}

function ifMissing<T>(answer: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return answer;
    throw error;
  };
}
