import { hourMs } from '../../clock.ts';
import { fingerprint, readIdempotencyKey } from '../../idempotency/idempotency.ts';
import { referralTokenOf } from '../../identity/referral-cookie.ts';
import type { CreditPackage } from '../../settings/schema.ts';
import { findPackage } from '../checkout/find-package.ts';
import type { Purchase } from '../tables.ts';
import type { CheckoutState } from './checkout.ts';
import type { SettleParts } from './settle-payment.ts';

export interface CheckoutParts extends SettleParts {
  packages: readonly CreditPackage[];
  /** Page that a checkout returns to. */
  returnPath: string;
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

/** Where the customer pays, and until when (epoch milliseconds). */
export interface OpenedCheckout {
  purchase: Purchase;
  checkoutId: string;
  checkoutUrl: string;
  expiresAt: number;
}

/** A checkout can be paid for this long. */
export const checkoutMs = 24 * hourMs;

/**
 * Opens a purchase and its checkout at Coinbase. The purchase comes first and its id makes Coinbase's part repeatable:
 * a request that died anywhere is repeated under its idempotency key, and gets the one purchase and the one checkout.
 * @param record writes down the response, inside the transaction that makes it true
 * @throws InvalidInput an unknown package; ProviderUnavailable, after which the purchase stays open
 */
export async function createCheckout(
  parts: CheckoutParts,
  order: Order,
  record: (opened: OpenedCheckout) => void,
): Promise<OpenedCheckout> {
  const bought = findPackage(parts.packages, order.packageCode);
  const { id, createdAt } = await openPurchase(parts, order, bought);
  const expiresAt = createdAt + checkoutMs;
  const checkout = await createAtCoinbase(parts, order, { bought, purchaseId: id, expiresAt });
  return parts.writer.write(() => {
    const { checkoutId, url: checkoutUrl } = checkout;
    parts.store.update(id, { providerId: checkoutId, checkoutUrl });
    const purchase = parts.store.find(id);
    if (!purchase) throw new Error(`There is no purchase ${id}.`);
    const opened = { purchase, checkoutId, checkoutUrl, expiresAt: checkout.expiresAt ?? expiresAt };
    record(opened);
    return opened;
  });
}

function openPurchase(
  { writer, purchases }: CheckoutParts,
  { accountId, headers, origin, ...order }: Order,
  bought: CreditPackage,
): Promise<Purchase> {
  const { code: packageCode, priceUsdCents, creditMicros } = bought;
  const affiliateCode = order.affiliateCode ?? null;
  const key = readIdempotencyKey(headers, undefined);
  return writer.write(() =>
    purchases.open({
      ...{ accountId, provider: 'coinbase', packageCode, priceUsdCents, creditMicros, affiliateCode },
      captureToken: referralTokenOf(headers),
      requestSha256: key === null ? null : fingerprint({ key, bought, affiliateCode, origin }),
    }),
  );
}

async function createAtCoinbase(
  { coinbase, returnPath }: CheckoutParts,
  { accountId, origin }: Order,
  request: { bought: CreditPackage; purchaseId: string; expiresAt: number },
): Promise<CheckoutState> {
  const { bought, purchaseId, expiresAt } = request;
  const page = `${origin}${returnPath}?checkout=`;
  // Coinbase sends its customers to pages with TLS only.
  const isSafe = origin.startsWith('https:');
  const checkout = await coinbase.create({
    ...{ idempotencyKey: purchaseId, priceUsdCents: bought.priceUsdCents, expiresAt },
    description: bought.name,
    metadata: { purchaseId, accountId, packageCode: bought.code },
    ...(isSafe ? { successRedirectUrl: `${page}done`, failRedirectUrl: `${page}canceled` } : {}),
  });
  if (checkout.purchaseId === purchaseId) return checkout;
  throw new Error(`Coinbase answered with the checkout ${checkout.checkoutId} of another purchase.`);
}
