import type { CallToolResult } from '@modelcontextprotocol/server';
import { Type } from '@sinclair/typebox';
import { JobViewModel } from '../../jobs/model.ts';
import type { JobView } from '../../jobs/job-view.ts';
import { isTerminal } from '../../jobs/state.ts';
import { outputUri } from './resource-uri.ts';

/** What of a job a model is told: the rest costs it attention, and is there by `get_job` with `details`. */
const told = [
  ...(['jobId', 'task', 'status', 'draft', 'progress', 'queuePosition', 'startsInSeconds'] as const),
  ...(['createdAt', 'finishedAt', 'outputs', 'expiresAt', 'billing', 'error'] as const),
];

/** A job as `get_job` tells it, whole. */
export const JobResult = Type.Pick(JobViewModel, told);

const { outputs, billing } = JobViewModel.properties;

/** What matters of a job to whoever has just asked for it. The answer holds all of {@link JobResult}. */
export const JobOutcome = Type.Object({
  ...Type.Pick(JobViewModel, ['jobId', 'status', 'error']).properties,
  outputs: Type.Array(Type.Pick(outputs.items, ['url', 'filename', 'mimeType'])),
  billing: Type.Pick(billing, ['amountUsd', 'refunded']),
});

/** A job as an object that fits {@link JobResult}. */
export function tellJob(job: JobView): Record<string, unknown> {
  const fields = new Set<string>(told);
  return Object.fromEntries(Object.entries(job).filter(([name]) => fields.has(name)));
}

/**
 * A job as the result of a tool: in words, as data, and with a link for each of its files.
 * @param options.details more of it, as data
 * @param options.isItsAnswer it was waited for: its failure is that of the tool
 */
export function jobResult(
  job: JobView,
  options: { details?: Record<string, unknown>; isItsAnswer: boolean },
): CallToolResult {
  const links = job.outputs.map((output) => ({
    type: 'resource_link' as const,
    uri: output.url,
    name: output.filename,
    mimeType: output.mimeType,
    size: output.bytes,
    _meta: { 'killatamata/resource': outputUri(job.jobId, output.filename) },
  }));
  return {
    content: [{ type: 'text', text: describeJob(job) }, ...links],
    structuredContent: { ...tellJob(job), ...options.details },
    isError: options.isItsAnswer && job.status === 'failed',
  };
}

/** How a job stands, in a sentence or two, and what to do next. */
export function describeJob(job: JobView): string {
  const { jobId, task, status } = job;
  const name = `The job ${jobId} (${task})`;
  if (!isTerminal(status)) {
    return `${name} ${describeState(job)}. It goes on by itself: call wait_for_job with this jobId until it has ended, or cancel_job.`;
  }
  if (status === 'canceled') return `${name} was canceled${refund(job)}.`;
  if (status === 'failed') {
    return `${name} failed: ${job.error?.message ?? 'no reason is known'} (${job.error?.code ?? 'unknown'})${refund(job)}.`;
  }
  const made = job.outputs.map((output) => `${output.filename} (${output.mimeType}): ${output.url}`);
  const draft = job.draft ? ' as a draft, made without a model' : '';
  const files = made.length > 0 ? made.join('\n') : 'Its files are deleted.';
  return `${name} is done${draft}, for $${job.billing.amountUsd}.\n${files}`;
}

/** Of a job that has not ended. */
export function describeState({ status, progress }: JobView): string {
  return status === 'queued' ? 'is queued' : `runs: ${Math.round(progress.fraction * 100)} %`;
}

function refund({ billing }: JobView): string {
  return billing.refunded && billing.amountUsd > 0 ? `; $${billing.amountUsd} came back` : '';
}
