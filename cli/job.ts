import type { Static } from '@sinclair/typebox';
import type { JobViewModel, QuoteView, SubmittedJobView } from '../src/jobs/model.ts';

export type JobView = Static<typeof JobViewModel>;
export type Quote = Static<typeof QuoteView>;
export type SubmittedJob = Static<typeof SubmittedJobView>;

export const jobStatuses = ['queued', 'running', 'succeeded', 'failed', 'canceled'] as const;

export function isStatus(text: unknown): text is JobView['status'] {
  return jobStatuses.some((status) => status === text);
}

export function isTerminal({ status }: Pick<JobView, 'status'>): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'canceled';
}
