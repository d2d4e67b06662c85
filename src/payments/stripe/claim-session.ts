import { NotFound } from '../../errors.ts';
import type { Purchase } from '../tables.ts';
import type { SettleParts, SettlePayment } from './settle-payment.ts';

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
