import { NotFound } from '../../errors.ts';
import type { Purchase } from '../tables.ts';
import type { SettleParts, SettlePayment } from './settle-payment.ts';

/**
 * Credits the caller's own checkout if it is paid, without waiting for the webhook.
 * @throws NotFound unknown, or another account's
 * @throws ProviderUnavailable
 */
export async function claimCharge(
  { store, settlePayment }: SettleParts & { settlePayment: SettlePayment },
  { accountId, checkoutId }: { accountId: string; checkoutId: string },
): Promise<Purchase> {
  const purchase = store.findByProviderId('coinbase', checkoutId);
  if (purchase?.accountId !== accountId) throw new NotFound(`The charge ${checkoutId}`);
  if (purchase.state === 'settled') return purchase;
  return settlePayment({ purchaseId: purchase.id, checkoutId });
}
