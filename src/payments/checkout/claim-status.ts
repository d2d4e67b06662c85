import type { Purchase } from '../tables.ts';

/** Why a purchase is closed that something else was paid for than was asked: an operator decides what it is worth. */
export const mismatchReason = 'payment_mismatch';
/** Why a purchase is closed whose payment failed; for other reasons its time is over. */
export const failedReason = 'payment_failed';

/** What a claim answers. `review`: something else was paid than was asked for, and the operator decides. */
export type ClaimStatus = 'settled' | 'pending' | 'expired' | 'failed' | 'review';

export function claimStatus({ state, closedReason }: Purchase): ClaimStatus {
  if (state === 'settled') return 'settled';
  if (state === 'open') return 'pending';
  if (closedReason === mismatchReason) return 'review';
  return closedReason === failedReason ? 'failed' : 'expired';
}
