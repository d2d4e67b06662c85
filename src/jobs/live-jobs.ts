import type { ProgressParams } from '../runners/protocol.ts';

export interface Progress {
  /** 0..1 of the whole job. */
  fraction: number;
  stage: string;
  step: number;
  steps: number;
}

/** What is known of open jobs beyond the database: progress, and who watches. Gone with the process. */
export interface LiveJobs {
  progressOf(jobId: string): Progress | undefined;
  report(progress: ProgressParams): void;
  /** The job's state changed: its watchers look again. */
  changed(jobId: string): void;
  /** The job is over; its progress is forgotten. */
  closed(jobId: string): void;
  /** Calls `onChange` after every change of the job. @returns a function that ends it */
  watch(jobId: string, onChange: () => void): () => void;
  watcherCount(): number;
}

export function createLiveJobs(): LiveJobs {
  const progress = new Map<string, Progress>();
  const watchers = new Map<string, Set<() => void>>();
  let watcherCount = 0;
  const changed = (jobId: string) => {
    for (const onChange of watchers.get(jobId) ?? []) onChange();
  };
  return {
    changed,
    progressOf: (jobId) => progress.get(jobId),
    watcherCount: () => watcherCount,
    report({ jobId, fraction, stage, step, steps }) {
      const before = progress.get(jobId)?.fraction ?? 0;
      progress.set(jobId, { fraction: Math.max(before, fraction), stage, step, steps });
      changed(jobId);
    },
    closed(jobId) {
      progress.delete(jobId);
      changed(jobId);
    },
    watch(jobId, onChange) {
      const set = watchers.get(jobId) ?? new Set();
      watchers.set(jobId, set.add(onChange));
      watcherCount++;
      return () => {
        if (!set.delete(onChange)) return;
        watcherCount--;
        if (set.size === 0) watchers.delete(jobId);
      };
    },
  };
}
