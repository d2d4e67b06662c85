import { InsufficientBalance, ServiceUnavailable } from '../errors.ts';
import { houseAccounts } from '../ledger/ledger.ts';
import { assertTaskAllowed, type KeyLimits } from '../identity/key-limits.ts';
import type { Forecast } from '../scheduler/forecast.ts';
import type { Priority } from '../scheduler/model.ts';
import type { Alongside } from './desk.ts';
import { assertWithinCap } from './key-spending/spend-cap.ts';
import { newJob, queuedJob } from './new-job.ts';
import type { JobParts } from './parts.ts';
import { PriceChanged } from './price-changed.ts';
import { type PreparedJob, prepareJob } from './prepare-job.ts';
import { describeJob, describeQuote } from './quote-job.ts';
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
  /** The most that may be charged; whatever it costs where absent. A quote tells more all the same. */
  maxAmountMicros?: number;
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
 *   PriceChanged, DiskFull, ModelNotInstalled, and what staging throws
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
    await assertAgreedTo(parts, request, prepared);
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

/** Nothing of a job is kept that costs more than its caller would pay. @throws PriceChanged */
async function assertAgreedTo(parts: JobParts, request: SubmitRequest, prepared: PreparedJob): Promise<void> {
  const { maxAmountMicros } = request;
  if (maxAmountMicros === undefined || prepared.amountMicros <= maxAmountMicros) return;
  if (prepared.stagedFolder !== null) await parts.staging.discardStaged(prepared.stagedFolder);
  throw new PriceChanged(maxAmountMicros, describeQuote(parts, request, prepared));
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
  const response = describeJob(parts, { job, queued, place });
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
