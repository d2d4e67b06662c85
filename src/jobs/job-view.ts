import { hourMs } from '../clock.ts';
import type { UrlSigner } from '../storage/signed-url.ts';
import type { Forecast } from '../scheduler/forecast.ts';
import type { Progress } from './live-jobs.ts';
import { isTerminal } from './state.ts';
import type { Job } from './tables.ts';

/** A job as clients see it. */
export type JobView = ReturnType<typeof viewJob>;

interface ViewOptions {
  urls: UrlSigner;
  /** Base of the URLs handed out, without a slash at its end. */
  origin: string;
  deleteHours: number;
  now: number;
  progress: Progress | undefined;
  forecast: Forecast | null;
}

export function viewJob(job: Job, options: ViewOptions) {
  const outputs = viewOutputs(job, options);
  return {
    jobId: job.id,
    id: job.id,
    task: job.task,
    status: job.status,
    engine: job.engine,
    draft: job.draft,
    priority: job.priority,
    progress: viewProgress(job, options.progress),
    queuePosition: options.forecast?.queuePosition ?? null,
    startsInSeconds: options.forecast?.startsInSeconds ?? null,
    createdAt: iso(job.createdAt),
    startedAt: iso(job.startedAt),
    finishedAt: iso(job.finishedAt),
    downloadableOutputUrls: outputs.map(({ url }) => url),
    outputs,
    expiresAt: iso(job.expiresAt),
    filesRemovedAt: iso(job.filesRemovedAt),
    billing: { ...viewPrice(job), refunded: job.refunded },
    ...(job.errorCode === null ? {} : { error: { code: job.errorCode, message: job.errorMessage ?? '' } }),
  };
}

/** What `includeDetails=1` adds. */
export function viewDetails(job: Job) {
  const { effectiveInput, inputAdjustments, attempts, interruptions, upstream, model } = job;
  return { effectiveInput, inputAdjustments, attempts, interruptions, model, upstream };
}

export function viewPrice(job: Pick<Job, 'amountMicros' | 'listMicros' | 'priceBasis'>) {
  return {
    amountUsd: job.amountMicros / 1e6,
    amountMicros: job.amountMicros,
    listUsd: job.listMicros / 1e6,
    listMicros: job.listMicros,
    basis: job.priceBasis,
  };
}

function viewOutputs(job: Job, { urls, origin, deleteHours, now }: ViewOptions) {
  if (!job.outputs || job.finishedAt === null || job.filesRemovedAt !== null) return [];
  const expiresAt = job.finishedAt + deleteHours * hourMs;
  if (expiresAt <= now) return [];
  return job.outputs.map((output) => {
    const path = urls.sign({ jobId: job.id, filename: output.filename, expiresAt });
    return { url: `${origin}${path}`, ...output };
  });
}

function viewProgress(job: Job, progress: Progress | undefined): Progress {
  if (job.status === 'succeeded') return { fraction: 1, stage: 'done', step: 0, steps: 0 };
  if (job.status === 'queued') return { fraction: 0, stage: 'queued', step: 0, steps: 0 };
  if (isTerminal(job.status)) return { fraction: 0, stage: job.status, step: 0, steps: 0 };
  return progress ?? { fraction: 0, stage: 'starting', step: 0, steps: 0 };
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
