import { type Claim, fingerprint, readIdempotencyKey } from '../../idempotency/idempotency.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { DeskRequest } from '../../jobs/desk.ts';
import type { McpParts } from './parts.ts';

/** Of keys: the same key at another door is another request. */
const route = '/mcp';

/**
 * Submits a job, once under its idempotency key.
 * @returns the job's id
 * @throws Malformed, Conflict, IdempotencyKeyReuse; what `JobDesk.submit` throws
 */
export async function submitOnce(
  { desk, idempotency }: Pick<McpParts, 'desk' | 'idempotency'>,
  caller: Caller,
  request: DeskRequest & { idempotencyKey?: string },
): Promise<string> {
  const { idempotencyKey, ...job } = request;
  const submit = async (claim: Claim | null) => (await desk.submit(caller, job, { claim })).jobId;
  const key = readIdempotencyKey(new Headers(), idempotencyKey);
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
