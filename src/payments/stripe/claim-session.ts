import { NotFound } from '../../errors.ts';
import type { Purchase } from '../tables.ts';
import { mismatchReason, type SettleParts, type SettlePayment } from './settle-payment.ts';

/** What a claim answers. `review`: something else was paid than was asked for, and the operator decides. */
export type ClaimStatus = 'settled' | 'pending' | 'expired' | 'failed' | 'review';

/**
 * Credits the caller's own checkout if it is paid, without waiting for the webhook.
 * @throws NotFound unknown, or another account's
 * @throws ProviderUnavailable
 */
export async function claimSession(
  { store, settlePayment }: SettleParts & { settlePayment: SettlePayment },
  { accountId, sessionId }: { accountId: string; sessionId: string },
): Promise<Purchase> {
  const purchase = store.findByProviderId('stripe', sessionId);
  if (purchase?.accountId !== accountId) throw new NotFound(`The checkout session ${sessionId}`);
  if (purchase.state === 'settled') return purchase;
  return settlePayment({ purchaseId: purchase.id, sessionId });
}

export function claimStatus({ state, closedReason }: Purchase): ClaimStatus {
  if (state === 'settled') return 'settled';
  if (state === 'open') return 'pending';
  if (closedReason === mismatchReason) return 'review';
  return closedReason === 'payment_failed' ? 'failed' : 'expired';
}
