import { isFileName, isJobId } from '../../storage/folders.ts';

/** What `resources/read` takes: a file that a job made, or what a task does. */
export type ResourceName =
  | { kind: 'output'; jobId: string; filename: string }
  | { kind: 'task'; task: string };

export const outputTemplate = 'killatamata://jobs/{jobId}/{filename}';
export const taskTemplate = 'killatamata://tasks/{task}';

export function outputUri(jobId: string, filename: string): string {
  return `killatamata://jobs/${jobId}/${filename}`;
}

export function taskUri(task: string): string {
  return `killatamata://tasks/${task}`;
}

/** Null where the URI can be none of ours. */
export function parseResourceUri(uri: string): ResourceName | null {
  const [, kind, first = '', second] =
    /^killatamata:\/\/(jobs|tasks)\/([^/]+)(?:\/([^/]+))?$/.exec(uri) ?? [];
  if (kind === 'tasks' && second === undefined) return { kind: 'task', task: first };
  if (kind !== 'jobs' || second === undefined || !isJobId(first) || !isFileName(second)) return null;
  return { kind: 'output', jobId: first, filename: second };
}
