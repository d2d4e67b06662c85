import { type Claim, fingerprint, type Idempotency, readIdempotencyKey } from '../idempotency/idempotency.ts';
import type { Caller } from '../identity/authenticate.ts';
import type { DeskRequest, JobDesk } from '../jobs/desk.ts';

/** What a job is submitted by, and where from: the same key at another door is another request. */
export interface OnceRequest {
  job: DeskRequest;
  /** The door's path. */
  door: string;
  headers?: Headers;
  /** Where the request itself holds the key. */
  bodyKey?: string | undefined;
}

/**
 * Submits a job, once under its idempotency key.
 * @returns the job's id
 * @throws Malformed, Conflict, IdempotencyKeyReuse; what `JobDesk.submit` throws
 */
export async function submitOnce(
  { desk, idempotency }: { desk: JobDesk; idempotency: Idempotency },
  caller: Caller,
  { job, door: route, headers = new Headers(), bodyKey }: OnceRequest,
): Promise<string> {
  const submit = async (claim: Claim | null) => (await desk.submit(caller, job, { claim })).jobId;
  const key = readIdempotencyKey(headers, bodyKey);
  if (key === null) return submit(null);
  const { accountId } = caller;
  const { origin: _origin, ...told } = job;
  const admission = idempotency.admit({ accountId, route, key }, fingerprint({ accountId, ...told }));
  if (admission.kind === 'replay') return jobIdOf(admission.body);
  try {
    return await submit(admission.claim);
  } finally {
    admission.claim.release();
  }
}

function jobIdOf(body: object): string {
  if ('jobId' in body && typeof body.jobId === 'string') return body.jobId;
  throw new Error('The recorded answer names no job.');
}
