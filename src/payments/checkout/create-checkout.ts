import type { Writer } from '../../db/writer.ts';
import { fingerprint, readIdempotencyKey } from '../../idempotency/idempotency.ts';
import { referralTokenOf } from '../../identity/referral-cookie.ts';
import type { CreditPackage } from '../../settings/schema.ts';
import { ProviderUnavailable } from '../provider-unavailable.ts';
import type { Purchases } from '../purchases.ts';
import type { PurchaseStore } from '../store.ts';
import type { Provider, Purchase } from '../tables.ts';
import { findPackage } from './find-package.ts';

/** What opens checkouts at one provider. */
export interface CheckoutParts {
  store: PurchaseStore;
  purchases: Purchases;
  writer: Writer;
  packages: readonly CreditPackage[];
  /** Checkouts that one account may have open, at all providers together. */
  openCheckoutsMax: number;
}

export interface Order {
  accountId: string;
  packageCode: string;
  affiliateCode?: string;
  /** For the idempotency key, and for the cookie of a referral. */
  headers: Headers;
  /** Base of the page that a checkout returns to. */
  origin: string;
}

/** What a provider is asked for; whatever is made of it must be the same each time. */
export interface NewCheckout {
  order: Order;
  bought: CreditPackage;
  purchase: Purchase;
}

/** Where the customer pays, and until when (epoch milliseconds), as the provider tells. */
export interface ProviderCheckout {
  /** The provider's own. */
  checkoutId: string;
  checkoutUrl: string;
  expiresAt: number;
  /** The purchase that it is for, by its metadata. */
  purchaseId: string | null;
}

export type OpenedCheckout = ProviderCheckout & { purchase: Purchase };

/**
 * Opens a purchase and its checkout. The purchase comes first and its id makes the provider's part repeatable: a request
 * that died anywhere is repeated under its idempotency key, and gets the one purchase and the one checkout.
 * @param at.open asks the provider; asked again for the same purchase, it answers with the same checkout
 * @param record writes down the response, inside the transaction that makes it true
 * @throws InvalidInput an unknown package; TooManyRequests too many are open
 * @throws ProviderUnavailable, after which the purchase stays open
 */
export async function createCheckout(
  parts: CheckoutParts,
  order: Order,
  at: { provider: Provider; open: (asked: NewCheckout) => Promise<ProviderCheckout> },
  record: (opened: OpenedCheckout) => void,
): Promise<OpenedCheckout> {
  const bought = findPackage(parts.packages, order.packageCode);
  const purchase = await openPurchase(parts, { order, bought, provider: at.provider });
  const { id } = purchase;
  const checkout = await at.open({ order, bought, purchase });
  assertOurs(at.provider, id, checkout);
  return parts.writer.write(() => {
    const { checkoutId, checkoutUrl } = checkout;
    parts.store.update(id, { providerId: checkoutId, checkoutUrl });
    const opened = { ...checkout, purchase: found(parts.store, id) };
    record(opened);
    return opened;
  });
}

/** @throws ProviderUnavailable: who was paid there would pay for somebody else */
function assertOurs(provider: Provider, id: string, { purchaseId, checkoutId, expiresAt }: ProviderCheckout) {
  if (purchaseId === id && checkoutId !== '' && Number.isSafeInteger(expiresAt)) return;
  const cause = new Error(
    `It answered with the checkout ${checkoutId} of ${purchaseId}, until ${expiresAt}.`,
  );
  throw new ProviderUnavailable(provider, { cause });
}

function openPurchase(
  { writer, purchases, openCheckoutsMax }: CheckoutParts,
  { order, bought, provider }: { order: Order; bought: CreditPackage; provider: Provider },
): Promise<Purchase> {
  const { accountId, headers, origin, affiliateCode = null } = order;
  const { code: packageCode, priceUsdCents, creditMicros } = bought;
  const key = readIdempotencyKey(headers, undefined);
  return writer.write(() =>
    purchases.open({
      ...{ accountId, provider, packageCode, priceUsdCents, creditMicros, affiliateCode, openCheckoutsMax },
      captureToken: referralTokenOf(headers),
      // Whatever the provider is asked with: it refuses the same purchase with another request.
      requestSha256: key === null ? null : fingerprint({ key, affiliateCode, origin, bought }),
    }),
  );
}

function found(store: PurchaseStore, id: string): Purchase {
  const purchase = store.find(id);
  if (!purchase) throw new Error(`There is no purchase ${id}.`);
  return purchase;
}
