import { hourMs } from '../../clock.ts';
import { TooManyRequests } from '../../errors.ts';
import type { PurchaseStore } from '../store.ts';

/** Both providers end a checkout that was not paid after a day, whether or not they tell us. */
const checkoutMs = 24 * hourMs;
/** One that the provider has not answered by then has come to nothing, as where it was down. */
const unansweredMs = 10 * 60_000;

/**
 * Called inside `Writer.write`, in the transaction that opens one more.
 * @throws TooManyRequests `too_many_checkouts`, with the time until one of those that are open ends
 */
export function assertRoomForCheckout(
  store: PurchaseStore,
  { accountId, max, now }: { accountId: string; max: number; now: number },
): void {
  const since = now - checkoutMs;
  const ends = store
    .openCheckoutsOf(accountId, since)
    .map(({ createdAt, providerId }) => createdAt + (providerId === null ? unansweredMs : checkoutMs))
    .filter((end) => end > now);
  if (ends.length < max) return;
  const seconds = Math.ceil((Math.min(...ends) - now) / 1000);
  const message = `${ends.length} checkouts of this account are open: pay one, or wait until one expires.`;
  throw new TooManyRequests(message, seconds, 'too_many_checkouts');
}
