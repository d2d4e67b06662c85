import { randomBytes } from 'node:crypto';
import { InsufficientBalance, ServiceUnavailable } from '../errors.ts';
import { houseAccounts } from '../ledger/ledger.ts';
import { assertTaskAllowed, type KeyLimits } from '../identity/key-limits.ts';
import type { Forecast } from '../scheduler/forecast.ts';
import type { Priority, QueuedJob } from '../scheduler/model.ts';
import type { Alongside } from './desk.ts';
import { viewPrice } from './job-view.ts';
import { assertWithinCap } from './key-spending/spend-cap.ts';
import type { JobParts } from './parts.ts';
import { isSuspect } from './poison.ts';
import type { ExpectedFiles } from './plan-job.ts';
import { type PreparedJob, prepareJob } from './prepare-job.ts';
import type { JobRuns } from './run-job.ts';
import type { Job, NewJob } from './tables.ts';

export interface SubmitRequest {
  accountId: string;
  /** Null where no key's limits count. */
  key: { keyId: string; limits: KeyLimits } | null;
  task: string;
  input: unknown;
  priority: Priority;
  webhookUrl: string | null;
  /** Base of the URLs that are handed out for it. */
  origin: string;
}

/** A job before its transaction. */
interface JobToKeep {
  job: NewJob;
  key: SubmitRequest['key'];
  alongside: Alongside;
}

export type SubmittedJob = Awaited<ReturnType<typeof submitJob>>;

/**
 * Takes a job: everything is checked and staged first, then one transaction charges it, queues it and
 * records the response under its idempotency key. Answered once that is on disk.
 * @param alongside what belongs into its transaction
 * @throws InvalidInput, Forbidden (a key for other tasks), InsufficientBalance, SpendCapReached, TooManyRequests (queue caps), ServiceUnavailable (stopping),
 *   DiskFull, ModelNotInstalled, and what staging throws
 */
export async function submitJob(
  parts: JobParts & { runs: JobRuns },
  request: SubmitRequest,
  alongside: Alongside,
) {
  if (parts.scheduler.isStopped()) throw new ServiceUnavailable('The appliance is stopping.', 'stopping', 10);
  if (request.key) assertTaskAllowed(request.key.limits, request.task);
  const leave = parts.admission.enter(request.accountId);
  try {
    await parts.room.assertFor(0);
    const prepared = await prepareJob(parts, request);
    const job = newJob(parts, request, prepared);
    const { response, queued, row } = await keep(parts, {
      ...{ job, alongside, key: request.key, stagedFolder: prepared.stagedFolder },
    });
    if (row.status === 'running') parts.runs.start(queued, row);
    else parts.scheduler.submit(queued);
    const { id: jobId, task, model, accountId } = job;
    parts.log.info('job queued', { jobId, task, model, accountId });
    return response;
  } finally {
    leave();
  }
}

/** The files into their place, then the transaction; neither, where one of them fails. */
async function keep(parts: JobParts, given: JobToKeep & { stagedFolder: string | null }) {
  const { job, stagedFolder } = given;
  let startsAtOnce = false;
  try {
    if (stagedFolder !== null) await parts.staging.adoptStaged(stagedFolder, job.id);
    // Where it will stand is found out before the transaction, which must be short.
    const queued = queuedJob(parts, { ...job, sequence: Number.MAX_SAFE_INTEGER });
    startsAtOnce = parts.scheduler.startAtOnce(queued);
    const place = startsAtOnce ? firstPlace : parts.scheduler.preview(queued);
    return await parts.writer.write(() => enqueue(parts, { ...given, place, startsAtOnce }));
  } catch (error) {
    if (startsAtOnce) parts.scheduler.ended(job.id);
    if (stagedFolder !== null) {
      await parts.cleanUp.removeJob(job.id);
      await parts.staging.discardStaged(stagedFolder);
    }
    throw error;
  }
}

/**
 * Begins with the time, as UUIDs of version 7 do (RFC 9562): jobs that come together then lie together in the
 * indexes, and a commit writes fewer pages.
 */
function newJobId(now: number): string {
  return `job_${now.toString(16).padStart(12, '0')}${randomBytes(6).toString('hex')}`;
}

function newJob({ clock }: JobParts, request: SubmitRequest, prepared: PreparedJob): NewJob {
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

/** Of a job that starts at once. */
const firstPlace: Forecast = { queuePosition: 1, startsInSeconds: 0 };

/** The transaction. A job that starts at once is marked as running in it, which is one transaction less. */
function enqueue(
  parts: JobParts,
  { job, key, alongside, place, startsAtOnce }: JobToKeep & { place: Forecast; startsAtOnce: boolean },
) {
  alongside.before?.(job);
  const begun: NewJob = { ...job, status: 'running', attempts: 1, startedAt: job.createdAt };
  const written = startsAtOnce ? begun : job;
  const row: Job = { ...written, sequence: insert(parts, written, key) };
  alongside.after?.(job);
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
  const queued = queuedJob(parts, row);
  const response = describe(parts, { job, queued, place });
  alongside.claim?.record({ status: 202, body: response });
  return { response, queued, row };
}

/** @throws SpendCapReached */
function insert({ store, keySpending }: JobParts, job: NewJob, key: SubmitRequest['key']): number {
  const capMicrosPerDay = key?.limits.spendCapMicrosPerDay ?? null;
  if (!key || capMicrosPerDay === null) return store.insert(job);
  const { keyId } = key;
  const { id: jobId, createdAt, amountMicros } = job;
  assertWithinCap(keySpending, { keyId, capMicrosPerDay }, { amountMicros, now: createdAt });
  const sequence = store.insert(job);
  keySpending.insert({ keyId, jobId, createdAt });
  return sequence;
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

function describe(
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

/**
 * Prices and resolves a request without queueing it.
 * @param expected files that are not there yet, for a job that is planned on them
 * @throws what `submitJob` throws before its transaction
 */
export async function quoteJob(parts: JobParts, request: SubmitRequest, expected?: ExpectedFiles) {
  if (request.key) assertTaskAllowed(request.key.limits, request.task);
  const prepared = await prepareJob(parts, request, expected);
  if (prepared.stagedFolder !== null) await parts.staging.discardStaged(prepared.stagedFolder);
  const job = newJob(parts, request, prepared);
  const queued = queuedJob(parts, { ...job, sequence: Number.MAX_SAFE_INTEGER });
  const { billing, ...rest } = describe(parts, { job, queued, place: parts.scheduler.preview(queued) });
  const { jobId: _jobId, id: _id, status: _status, ...quote } = rest;
  return {
    ...quote,
    expectedOutput: prepared.expectedOutput,
    billing: { ...billing, isCovered: billing.balanceMicros >= job.amountMicros },
  };
}
