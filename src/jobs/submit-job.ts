import { randomBytes } from 'node:crypto';
import { InsufficientBalance, ServiceUnavailable, TooManyRequests } from '../errors.ts';
import type { Claim } from '../idempotency/idempotency.ts';
import { houseAccounts } from '../ledger/ledger.ts';
import type { Priority, QueuedJob } from '../scheduler/model.ts';
import { DiskFull, freeBytes } from '../storage/disk-space.ts';
import { viewPrice } from './job-view.ts';
import type { JobParts } from './parts.ts';
import { type PreparedJob, prepareJob } from './prepare-job.ts';
import type { Job, NewJob } from './tables.ts';

export interface SubmitRequest {
  accountId: string;
  task: string;
  input: unknown;
  priority: Priority;
  webhookUrl: string | null;
}

export type SubmittedJob = Awaited<ReturnType<typeof submitJob>>;

/** A full queue is likely to have moved after this long. */
const queueRetrySeconds = 15;

/**
 * Takes a job: everything is checked and staged first, then one transaction charges it, queues it and
 * records the response under its idempotency key. Answered once that is on disk.
 * @param claim of the request's idempotency key, null where it has none
 * @throws InvalidInput, InsufficientBalance, TooManyRequests (queue caps), ServiceUnavailable (stopping),
 *   DiskFull, ModelNotInstalled, and what staging throws
 */
export async function submitJob(parts: JobParts, request: SubmitRequest, claim: Claim | null) {
  await admit(parts, request.accountId);
  const prepared = await prepareJob(parts, request);
  const job = newJob(parts, request, prepared);
  const { response, queued } = await keep(parts, { job, claim, stagedFolder: prepared.stagedFolder });
  parts.scheduler.submit(queued);
  parts.log.info('job queued', {
    jobId: job.id,
    task: job.task,
    model: job.model,
    accountId: job.accountId,
  });
  return response;
}

/** The files into their place, then the transaction; neither, where one of them fails. */
async function keep(
  parts: JobParts,
  { job, claim, stagedFolder }: { job: NewJob; claim: Claim | null; stagedFolder: string | null },
) {
  try {
    if (stagedFolder !== null) await parts.staging.adoptStaged(stagedFolder, job.id);
    return await parts.writer.write(() => enqueue(parts, job, claim));
  } catch (error) {
    if (stagedFolder !== null) {
      await parts.cleanUp.removeJob(job.id);
      await parts.staging.discardStaged(stagedFolder);
    }
    throw error;
  }
}

async function admit({ scheduler, rules }: JobParts, accountId: string): Promise<void> {
  if (scheduler.isStopped()) throw new ServiceUnavailable('The appliance is stopping.', 'stopping', 10);
  if (scheduler.waitingOf(accountId) >= rules.queuedPerAccountMax) {
    const message = `This account has ${rules.queuedPerAccountMax} jobs waiting, the most it may have.`;
    throw new TooManyRequests(message, queueRetrySeconds, 'account_queue_full');
  }
  if (scheduler.counts().queued >= rules.queuedMax) {
    throw new TooManyRequests('The queue is full.', queueRetrySeconds, 'queue_full');
  }
  if ((await freeBytes(rules.filesRoot)) < rules.lowWaterBytes) throw new DiskFull();
}

function newJob({ clock }: JobParts, request: SubmitRequest, prepared: PreparedJob): NewJob {
  const { task, engine, price, workload, effectiveInput, inputAdjustments, amountMicros } = prepared;
  return {
    id: `job_${randomBytes(12).toString('hex')}`,
    accountId: request.accountId,
    task: task.name,
    ...engine,
    status: 'queued',
    priority: request.priority,
    attempts: 0,
    effectiveInput,
    inputAdjustments,
    listMicros: price.amountMicros,
    amountMicros,
    refunded: false,
    priceBasis: price.basis,
    workloadUnits: workload.units,
    webhookUrl: request.webhookUrl,
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

/** The transaction. */
function enqueue(parts: JobParts, job: NewJob, claim: Claim | null) {
  const sequence = parts.store.insert(job);
  const outcome = parts.ledger.transfer({
    debitAccountId: job.accountId,
    creditAccountId: houseAccounts.revenue,
    amountMicros: job.amountMicros,
    code: 'charge',
    reference: `charge:${job.id}`,
  });
  if (outcome.kind === 'exceeds_credits') {
    throw new InsufficientBalance({ requiredMicros: job.amountMicros, balanceMicros: outcome.balanceMicros });
  }
  const queued = queuedJob(parts, { ...job, sequence });
  const response = describe(parts, job, queued);
  claim?.record({ status: 202, body: response });
  return { response, queued };
}

/** A job's row as the scheduler sees it. */
export function queuedJob(
  parts: Pick<JobParts, 'runners' | 'estimates' | 'clock' | 'steadyClock'>,
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
  };
}

function describe(parts: JobParts, job: NewJob, queued: QueuedJob) {
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
    estimate: { durationSeconds: round(queued.estimatedSeconds), ...parts.scheduler.preview(queued) },
    effectiveInput: job.effectiveInput,
    inputAdjustments: job.inputAdjustments,
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** Prices and resolves a request without queueing it. Throws what `submitJob` throws before its transaction. */
export async function quoteJob(parts: JobParts, request: SubmitRequest) {
  const prepared = await prepareJob(parts, request);
  if (prepared.stagedFolder !== null) await parts.staging.discardStaged(prepared.stagedFolder);
  const job = newJob(parts, request, prepared);
  const { billing, ...rest } = describe(
    parts,
    job,
    queuedJob(parts, { ...job, sequence: Number.MAX_SAFE_INTEGER }),
  );
  const { jobId: _jobId, id: _id, status: _status, ...quote } = rest;
  return { ...quote, billing: { ...billing, isCovered: billing.balanceMicros >= job.amountMicros } };
}
