import { randomBytes } from 'node:crypto';
import type { QueuedJob } from '../scheduler/model.ts';
import type { JobParts } from './parts.ts';
import { isSuspect } from './poison.ts';
import type { PreparedJob } from './prepare-job.ts';
import type { SubmitRequest } from './submit-job.ts';
import type { Job, NewJob } from './tables.ts';

/**
 * Begins with the time, as UUIDs of version 7 do (RFC 9562): jobs that come together then lie together in the
 * indexes, and a commit writes fewer pages.
 */
function newJobId(now: number): string {
  return `job_${now.toString(16).padStart(12, '0')}${randomBytes(6).toString('hex')}`;
}

/** A job's row before it is queued. */
export function newJob({ clock }: JobParts, request: SubmitRequest, prepared: PreparedJob): NewJob {
  const { task, engine, price, workload, effectiveInput, inputAdjustments, amountMicros } = prepared;
  return {
    id: newJobId(clock()),
    accountId: request.accountId,
    task: task.name,
    ...engine,
    status: 'queued',
    priority: request.priority,
    attempts: 0,
    interruptions: 0,
    effectiveInput,
    inputAdjustments,
    listMicros: price.amountMicros,
    amountMicros,
    refunded: false,
    priceBasis: price.basis,
    workloadUnits: workload.units,
    webhookUrl: request.webhookUrl,
    origin: request.origin,
    createdAt: clock(),
    startedAt: null,
    finishedAt: null,
    expiresAt: null,
    filesRemovedAt: null,
    outputs: null,
    upstream: null,
    errorCode: null,
    errorMessage: null,
  };
}

/** A job's row as the scheduler sees it. */
export function queuedJob(
  parts: Pick<JobParts, 'runners' | 'estimates' | 'gpuJobs' | 'clock' | 'steadyClock' | 'rules'>,
  job: Job,
): QueuedJob {
  const { manifest } = parts.runners.runnerFor(job.model);
  return {
    id: job.id,
    accountId: job.accountId,
    model: job.model,
    priority: job.priority,
    sequence: job.sequence,
    createdAt: parts.steadyClock() - Math.max(0, parts.clock() - job.createdAt),
    needs: { cpu: manifest.cpuSlots },
    estimatedSeconds: parts.estimates.seconds(job.model, job.workloadUnits),
    runsAlone: isSuspect(job, parts.rules),
    gpu: parts.gpuJobs.needsOf(job),
  };
}
