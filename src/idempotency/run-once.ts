import type { Writer } from '../db/writer.ts';
import { type Claim, fingerprint, type Idempotency, readIdempotencyKey } from './idempotency.ts';

/**
 * Answers a write that a client may repeat: under an idempotency key its first response comes again, marked
 * `Idempotency-Replayed`; without one `work` just runs.
 * @param request.body what tells a repetition from another request under the same key
 * @param work writes down its response by `claim.record` inside the transaction that makes it true
 * @throws Malformed, Conflict, IdempotencyKeyReuse; what `work` throws
 */
export async function runOnce(
  { idempotency, writer }: { idempotency: Idempotency; writer: Writer },
  request: { accountId: string; route: string; headers: Headers; bodyKey?: string; body: object },
  work: (claim: Claim | null) => Promise<{ status: number; body: object }>,
): Promise<Response> {
  const key = readIdempotencyKey(request.headers, request.bodyKey);
  if (key === null) return respond(await work(null));
  const { accountId, route, body } = request;
  const admission = idempotency.admit({ accountId, route, key }, fingerprint({ accountId, ...body }));
  if (admission.kind === 'replay') {
    await writer.onDisk();
    return respond(admission, { 'idempotency-replayed': 'true' });
  }
  try {
    return respond(await work(admission.claim));
  } finally {
    admission.claim.release();
  }
}

function respond(
  { status, body }: { status: number; body: object },
  headers: Record<string, string> = {},
): Response {
  return Response.json(body, { status, headers });
}
