import { InsufficientBalance } from '../../errors.ts';
import { type Claim, fingerprint, readIdempotencyKey } from '../../idempotency/idempotency.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { DeskRequest } from '../../jobs/desk.ts';
import { assertWithinCap } from '../../jobs/key-spending/spend-cap.ts';
import { cancelUnfinished } from './cancel-unfinished.ts';
import type { OpenAiParts } from './parts.ts';
import { ClientGone } from './refusals.ts';

/** The same key at another door is another request. */
const door = '/v1';

export type TogetherParts = Pick<OpenAiParts, 'desk' | 'parts' | 'idempotency'>;

/** Who waits for jobs, and whether they still do. */
export interface SyncCall {
  caller: Caller;
  origin: string;
  signal: AbortSignal;
  /** Of the request, for its idempotency key. */
  headers: Headers;
}

export interface SubmittedTogether {
  jobIds: readonly string[];
  /** The same request may come again under its idempotency key, and finds these jobs. */
  isRepeatable: boolean;
}

/**
 * Submits jobs that are paid for together or not taken; under an idempotency key, once. The key is used up in the
 * transaction of the last of them, so that one that was refused can be sent again.
 * @param requests the same but for their seeds, so that each costs the same
 * @throws what `JobDesk.submit` throws; Malformed, Conflict, IdempotencyKeyReuse; ClientGone
 */
export async function submitTogether(
  parts: TogetherParts,
  call: SyncCall,
  requests: readonly DeskRequest[],
): Promise<SubmittedTogether> {
  const key = readIdempotencyKey(call.headers, undefined);
  if (key === null)
    return { jobIds: await submitAll(parts, call, { requests, claim: null }), isRepeatable: false };
  const { accountId } = call.caller;
  const told = requests.map(({ origin: _origin, ...request }) => request);
  const admission = parts.idempotency.admit<{ jobIds: string[] }>(
    { accountId, route: door, key },
    fingerprint({ accountId, requests: told }),
  );
  if (admission.kind === 'replay') return { jobIds: admission.body.jobIds, isRepeatable: true };
  const { claim } = admission;
  try {
    return { jobIds: await submitAll(parts, call, { requests, claim }), isRepeatable: true };
  } finally {
    claim.release();
  }
}

/** @returns the jobs' ids */
async function submitAll(
  parts: TogetherParts,
  call: SyncCall,
  { requests, claim }: { requests: readonly DeskRequest[]; claim: Claim | null },
): Promise<string[]> {
  const jobIds: string[] = [];
  try {
    for (const [index, request] of requests.entries()) {
      if (call.signal.aborted) throw new ClientGone();
      const before = ({ amountMicros }: { amountMicros: number }) => {
        if (index === 0) assertAffordable(parts, call.caller, amountMicros * requests.length);
      };
      const after = ({ id }: { id: string }) => {
        if (index === requests.length - 1) claim?.record({ status: 202, body: { jobIds: [...jobIds, id] } });
      };
      jobIds.push((await parts.desk.submit(call.caller, request, { before, after })).jobId);
    }
    return jobIds;
  } catch (error) {
    for (const jobId of jobIds) await cancelUnfinished(parts, call, jobId);
    throw error;
  }
}

/** All of them, before the first is charged. @throws InsufficientBalance, SpendCapReached */
function assertAffordable(
  { parts }: Pick<TogetherParts, 'parts'>,
  caller: Caller,
  requiredMicros: number,
): void {
  const { keyId, accountId, limits } = caller;
  const balanceMicros = parts.ledger.balanceMicros(accountId);
  if (balanceMicros < requiredMicros) throw new InsufficientBalance({ requiredMicros, balanceMicros });
  const { spendCapMicrosPerDay: capMicrosPerDay } = limits;
  if (capMicrosPerDay === null) return;
  const now = parts.clock();
  assertWithinCap(parts.keySpending, { keyId, capMicrosPerDay }, { amountMicros: requiredMicros, now });
}
