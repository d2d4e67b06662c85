import { assertTaskAllowed } from '../identity/key-limits.ts';
import type { Forecast } from '../scheduler/forecast.ts';
import type { QueuedJob } from '../scheduler/model.ts';
import { viewPrice } from './job-view.ts';
import { newJob, queuedJob } from './new-job.ts';
import type { JobParts } from './parts.ts';
import type { ExpectedFiles } from './plan-job.ts';
import { type PreparedJob, prepareJob } from './prepare-job.ts';
import type { SubmitRequest } from './submit-job.ts';
import type { NewJob } from './tables.ts';

/**
 * Prices and resolves a request without queueing it.
 * @param expected files that are not there yet, for a job that is planned on them
 * @throws what `submitJob` throws before its transaction
 */
export async function quoteJob(parts: JobParts, request: SubmitRequest, expected?: ExpectedFiles) {
  if (request.key) assertTaskAllowed(request.key.limits, request.task);
  const prepared = await prepareJob(parts, request, expected);
  if (prepared.stagedFolder !== null) await parts.staging.discardStaged(prepared.stagedFolder);
  return describeQuote(parts, request, prepared);
}

/** A job that is prepared and not kept, with what it would cost, when it would start and what it would make. */
export function describeQuote(parts: JobParts, request: SubmitRequest, prepared: PreparedJob) {
  const job = newJob(parts, request, prepared);
  const queued = queuedJob(parts, { ...job, sequence: Number.MAX_SAFE_INTEGER });
  const { billing, ...rest } = describeJob(parts, { job, queued, place: parts.scheduler.preview(queued) });
  const { jobId: _jobId, id: _id, status: _status, ...quote } = rest;
  return {
    ...quote,
    expectedOutput: prepared.expectedOutput,
    billing: { ...billing, isCovered: billing.balanceMicros >= job.amountMicros },
  };
}

/** What a submit and a quote tell of a job alike. */
export function describeJob(
  parts: JobParts,
  { job, queued, place }: { job: NewJob; queued: QueuedJob; place: Forecast },
) {
  const balanceMicros = parts.ledger.balanceMicros(job.accountId);
  return {
    jobId: job.id,
    id: job.id,
    status: job.status,
    task: job.task,
    engine: job.engine,
    draft: job.draft,
    priority: job.priority,
    billing: { ...viewPrice(job), balanceUsd: balanceMicros / 1e6, balanceMicros },
    estimate: {
      durationSeconds: round(queued.estimatedSeconds),
      queuePosition: place.queuePosition,
      startsInSeconds: round(place.startsInSeconds),
    },
    effectiveInput: job.effectiveInput,
    inputAdjustments: job.inputAdjustments,
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
