import { rejoin, serviceOf } from './fairness.ts';
import type { Lane, QueuedJob } from './model.ts';

/** Jobs with the same name stand in the same lane. */
export function laneName(of: Pick<Lane, 'accountId' | 'model' | 'priority'>): string {
  return `${of.priority}\n${of.model}\n${of.accountId}`;
}

/** The lane of a job that nobody waits beside. */
export function laneOf(job: QueuedJob): Lane {
  const { accountId, model, priority } = job;
  return { accountId, model, priority, jobs: [job] };
}

interface OpenLane extends Lane {
  jobs: QueuedJob[];
}

/** The waiting jobs in their lanes, and each account's service clock. Owned by the run loop alone. */
export interface Lanes {
  readonly service: ReadonlyMap<string, number>;
  readonly size: number;
  add(job: QueuedJob): void;
  /** Takes a job out without running it. False where it doesn't wait. */
  remove(jobId: string): boolean;
  /** Takes a job out, where it waits, to run it on its account's clock. */
  start(job: QueuedJob): void;
  find(jobId: string): QueuedJob | undefined;
  countOf(accountId: string): number;
  all(): Iterable<Lane>;
}

export function createLanes(): Lanes {
  const lanes = new Map<string, OpenLane>();
  const jobs = new Map<string, QueuedJob>();
  const service = new Map<string, number>();
  const waitingOf = new Map<string, number>();

  const remove = (jobId: string): QueuedJob | undefined => {
    const job = jobs.get(jobId);
    if (!job) return undefined;
    jobs.delete(jobId);
    const name = laneName(job);
    const lane = lanes.get(name);
    const index = lane?.jobs.indexOf(job) ?? -1;
    if (lane && index >= 0) lane.jobs.splice(index, 1);
    if (lane?.jobs.length === 0) lanes.delete(name);
    const left = (waitingOf.get(job.accountId) ?? 1) - 1;
    if (left > 0) waitingOf.set(job.accountId, left);
    else waitingOf.delete(job.accountId);
    return job;
  };
  return {
    service,
    get size() {
      return jobs.size;
    },
    find: (jobId) => jobs.get(jobId),
    countOf: (accountId) => waitingOf.get(accountId) ?? 0,
    all: () => lanes.values(),
    remove: (jobId) => remove(jobId) !== undefined,
    start(job) {
      remove(job.id);
      service.set(job.accountId, (service.get(job.accountId) ?? 0) + serviceOf(job));
    },
    add(job) {
      if (jobs.has(job.id)) return;
      if (!waitingOf.has(job.accountId)) {
        const competing = [...waitingOf.keys()].map((account) => service.get(account) ?? 0);
        service.set(job.accountId, rejoin(service.get(job.accountId) ?? 0, competing));
      }
      jobs.set(job.id, job);
      waitingOf.set(job.accountId, (waitingOf.get(job.accountId) ?? 0) + 1);
      const { accountId, model, priority } = job;
      const lane = lanes.get(laneName(job)) ?? { accountId, model, priority, jobs: [] };
      lanes.set(laneName(job), lane);
      // Nearly always the last place; a job that comes back for another attempt goes before younger ones.
      let index = lane.jobs.length;
      while (index > 0 && (lane.jobs[index - 1]?.sequence ?? 0) > job.sequence) index--;
      lane.jobs.splice(index, 0, job);
    },
  };
}
