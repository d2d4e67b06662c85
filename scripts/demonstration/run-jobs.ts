import { aborted } from './aborted.ts';
import { type Client, type JobView, RequestFailed } from './client.ts';
import type { DemoJob } from './demo-jobs.ts';
import type { JobProgress, OnProgress } from './job-progress.ts';
import { saveOutputs } from './save-outputs.ts';

export interface RunJobsOptions {
  client: Client;
  /** Where outputs are saved. */
  folder: string;
  onProgress: OnProgress;
  signal: AbortSignal;
}

/** How a job ended: `saved`, `failed` or `skipped`. */
export type Results = ReadonlyMap<string, JobProgress>;

const endingMs = 1000;

/**
 * Submits every job as soon as those that it needs are saved, watches it and saves its outputs. What goes
 * wrong with one job is its result; only the signal ends the whole.
 * @throws the signal's reason
 */
export async function runJobs(jobs: DemoJob[], options: RunJobsOptions): Promise<Results> {
  const results = new Map<string, Promise<JobProgress>>();
  for (const job of jobs) results.set(job.title, runAfterItsNeeds(job, results, options));
  const entries = [...results].map(async ([title, result]) => [title, await result] as const);
  return new Map(await Promise.all(entries));
}

async function runAfterItsNeeds(
  job: DemoJob,
  results: ReadonlyMap<string, Promise<JobProgress>>,
  options: RunJobsOptions,
): Promise<JobProgress> {
  const report = (progress: JobProgress) => {
    options.onProgress(job.title, progress);
    return progress;
  };
  const { needs } = job;
  if (needs.length > 0) report({ kind: 'waiting', needs });
  const urls = new Map<string, string>();
  for (const title of needs) {
    const result = await results.get(title);
    const url = result?.kind === 'saved' ? result.job.downloadableOutputUrls[0] : undefined;
    if (url === undefined) return report({ kind: 'skipped', needs: [title] });
    urls.set(title, url);
  }
  try {
    return report(await runJob(job, urls, options));
  } catch (error) {
    // A connection that breaks may be the first sign that the appliance is ending.
    if (!(error instanceof RequestFailed)) await Promise.race([aborted(options.signal), Bun.sleep(endingMs)]);
    options.signal.throwIfAborted();
    return report({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}

async function runJob(
  job: DemoJob,
  urls: ReadonlyMap<string, string>,
  { client, folder, onProgress }: RunJobsOptions,
): Promise<JobProgress> {
  const { title, task, fileStem } = job;
  const outputUrl = (needed: string) => {
    const url = urls.get(needed);
    if (url === undefined) throw new Error(`${title} doesn't say that it needs ${needed}.`);
    return url;
  };
  onProgress(title, { kind: 'sending' });
  const { jobId } = await client.submit({ task, input: job.input(outputUrl) });
  let last: JobView | undefined;
  for await (last of client.watch(jobId)) onProgress(title, liveProgress(last));
  if (last?.status !== 'succeeded') {
    return { kind: 'failed', message: last?.error?.message ?? `The job is ${last?.status ?? 'gone'}.` };
  }
  const files = await saveOutputs(last.outputs, { client, folder, fileStem });
  return { kind: 'saved', job: last, seconds: runSeconds(last), files };
}

function liveProgress({ status, queuePosition, progress }: JobView): JobProgress {
  if (status === 'queued') return { kind: 'queued', position: queuePosition };
  return { kind: 'running', fraction: progress.fraction, stage: progress.stage };
}

function runSeconds({ startedAt, finishedAt }: JobView): number {
  if (startedAt === null || finishedAt === null) return 0;
  return (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
}
