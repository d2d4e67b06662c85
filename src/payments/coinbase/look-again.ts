import { hourMs } from '../../clock.ts';
import { tryEach } from '../try-each.ts';
import type { CheckoutState } from './checkout.ts';
import { checkoutMs } from './create-charge.ts';
import type { SettleParts, SettlePayment } from './settle-payment.ts';

/** A checkout that is younger is still being paid, and its webhook on the way. */
const ageMsMin = 10 * 60_000;
/** Of an older purchase without a checkout nobody was told where to pay it. */
const unansweredMsMin = checkoutMs + hourMs;
/** Purchases that are asked about in one round at most. */
const perRoundMax = 100;

/** Pages of refunded checkouts that are read in one round at most, of a hundred each. */
const pagesMax = 20;

type LookParts = SettleParts & { settlePayment: SettlePayment };

/**
 * Finds what no webhook told of: they get lost while we are off, or where Coinbase can't reach us, as on a LAN. Open
 * purchases are asked about one by one; refunds come from Coinbase's list of checkouts.
 * @returns one round. It ends where Coinbase can't be asked, and whoever was asked about comes last in the next one.
 *   One purchase that can't be dealt with holds up no other
 */
export function createLookAgain(parts: LookParts): () => Promise<void> {
  const askAboutRefunded = () =>
    tryEach(refundedCheckouts(parts), (checkout) => askAboutOne(parts, checkout));
  return () => tryEach([() => askAboutOpen(parts), askAboutRefunded], (step) => step());
}

async function askAboutOpen({ store, purchases, writer, clock, settlePayment }: LookParts): Promise<void> {
  const now = clock();
  const due = store.listDue({ provider: 'coinbase', now, ageMsMin, unansweredMsMin, limit: perRoundMax });
  await tryEach(due, async ({ id: purchaseId, providerId: checkoutId }) => {
    await writer.write(() => {
      if (checkoutId === null) purchases.close(purchaseId, 'never_started');
      else store.update(purchaseId, { checkedAt: now });
    });
    if (checkoutId !== null) await settlePayment({ purchaseId, checkoutId });
  });
}

async function* refundedCheckouts({ coinbase }: LookParts): AsyncGenerator<CheckoutState> {
  for (const status of ['REFUNDED', 'PARTIALLY_REFUNDED']) {
    let pageToken: string | null = null;
    for (let page = 0; page < pagesMax; page++) {
      const found = await coinbase.list({ status, pageToken });
      yield* found.checkouts;
      pageToken = found.nextPageToken;
      if (pageToken === null) break;
    }
  }
}

async function askAboutOne(
  { store, settlePayment }: LookParts,
  { checkoutId, updatedAt }: CheckoutState,
): Promise<void> {
  const purchase = store.findByProviderId('coinbase', checkoutId);
  // Coinbase's clock is not ours.
  const isKnown = updatedAt !== null && (purchase?.checkedAt ?? 0) > updatedAt + hourMs;
  if (purchase && !isKnown) await settlePayment({ purchaseId: purchase.id, checkoutId });
}
