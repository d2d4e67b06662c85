import type { Writer } from '../db/writer.ts';
import { type Claim, fingerprint, type Idempotency, readIdempotencyKey } from './idempotency.ts';

export interface OnceParts {
  idempotency: Idempotency;
  writer: Writer;
}

export interface RepeatableRequest {
  /** Whose key it is: an account's id, or another name of who asks that no account has. */
  accountId: string;
  route: string;
  headers: Headers;
  bodyKey?: string;
  /** What tells a repetition from another request under the same key. */
  body: object;
}

/** A request as its route gets it, of which the whole body counts; for {@link writeOnce}. */
export function repeatable(
  route: string,
  asked: { caller: { accountId: string }; request: Request; body: object; set: AnswerHead },
): RepeatableRequest & { set: AnswerHead } {
  const { caller, request, body, set } = asked;
  return { accountId: caller.accountId, route, headers: request.headers, body, set };
}

interface Answer<Body extends object> {
  status: number;
  body: Body;
}

/** Status and headers of an answer, as Elysia takes them. */
export interface AnswerHead {
  status?: number | string;
  headers: Record<string, string | number>;
}

const replayed = { 'idempotency-replayed': 'true' };

/**
 * Answers a write that a client may repeat: under an idempotency key its first response comes again, marked
 * `Idempotency-Replayed`; without one `work` just runs.
 * @param work writes down its response by `claim.record` inside the transaction that makes it true
 * @throws Malformed, Conflict, IdempotencyKeyReuse; what `work` throws
 */
export async function runOnce(
  parts: OnceParts,
  request: RepeatableRequest,
  work: (claim: Claim | null) => Promise<Answer<object>>,
): Promise<Response> {
  const { status, body, isReplayed } = await answerOnce(parts, request, work);
  return Response.json(body, { status, headers: isReplayed ? replayed : {} });
}

/**
 * {@link runOnce} of what is one transaction, for routes whose answers have types.
 * @param set of the route
 * @param work runs inside `Writer.write`; `again` is what a repetition is answered, where the first answer holds what
 *   must not be kept, such as a key
 */
export async function writeOnce<Body extends object>(
  parts: OnceParts,
  { set, ...request }: RepeatableRequest & { set: AnswerHead },
  work: () => Answer<Body> & { again?: Answer<object> },
): Promise<Body> {
  const { status, body, isReplayed } = await answerOnce(parts, request, (claim) =>
    parts.writer.write(() => {
      const { again, ...answer } = work();
      claim?.record(again ?? answer);
      return answer;
    }),
  );
  set.status = status;
  if (isReplayed) Object.assign(set.headers, replayed);
  return body;
}

async function answerOnce<Body extends object>(
  { idempotency, writer }: OnceParts,
  request: RepeatableRequest,
  work: (claim: Claim | null) => Promise<Answer<Body>>,
): Promise<Answer<Body> & { isReplayed: boolean }> {
  const key = readIdempotencyKey(request.headers, request.bodyKey);
  if (key === null) return { ...(await work(null)), isReplayed: false };
  const { accountId, route, body } = request;
  const admission = idempotency.admit<Body>({ accountId, route, key }, fingerprint({ accountId, ...body }));
  if (admission.kind === 'replay') {
    await writer.onDisk();
    return { ...admission, isReplayed: true };
  }
  try {
    return { ...(await work(admission.claim)), isReplayed: false };
  } finally {
    admission.claim.release();
  }
}
