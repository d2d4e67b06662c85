import { hourMs } from '../../clock.ts';
import { checkoutMs } from './create-checkout.ts';
import type { SettleParts, SettlePayment } from './settle-payment.ts';

/** A checkout that is younger is still being paid, and its webhook on the way. */
const ageMsMin = 10 * 60_000;
/** Of an older purchase without a checkout nobody was told where to pay it. */
const unansweredMsMin = checkoutMs + hourMs;
/** Purchases that are asked about in one round at most. */
const perRoundMax = 100;

/**
 * Finds what no webhook told of: they get lost while we are off, or where Coinbase can't reach us, as on a LAN. Open
 * purchases are asked about one by one.
 * @returns one round. It ends where Coinbase can't be asked, and whoever was asked about comes last in the next one
 */
export function createLookAgain(parts: SettleParts & { settlePayment: SettlePayment }): () => Promise<void> {
  const { store, purchases, writer, clock, settlePayment } = parts;
  return async () => {
    const now = clock();
    const due = store.listDue({ provider: 'coinbase', now, ageMsMin, unansweredMsMin, limit: perRoundMax });
    for (const { id: purchaseId, providerId: checkoutId } of due) {
      await writer.write(() => {
        if (checkoutId === null) purchases.close(purchaseId, 'never_started');
        else store.update(purchaseId, { checkedAt: now });
      });
      if (checkoutId !== null) await settlePayment({ purchaseId, checkoutId });
    }
  };
}
