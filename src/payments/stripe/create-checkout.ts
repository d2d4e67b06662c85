import { fingerprint, readIdempotencyKey } from '../../idempotency/idempotency.ts';
import { referralTokenOf } from '../../identity/referral-cookie.ts';
import type { CreditPackage } from '../../settings/schema.ts';
import { findPackage } from '../checkout/find-package.ts';
import type { Purchase } from '../tables.ts';
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
  /** For the idempotency key. */
  headers: Headers;
  /** Base of the page that a checkout returns to. */
  origin: string;
}

/** Where the customer pays, and until when. */
export interface OpenedCheckout {
  purchase: Purchase;
  sessionId: string;
  checkoutUrl: string;
  expiresAt: number;
}

/**
 * Opens a purchase and its checkout at Stripe. The purchase comes first and its id makes Stripe's part repeatable: a
 * request that died anywhere is repeated under its idempotency key, and gets the one purchase and the one checkout.
 * @param record writes down the response, inside the transaction that makes it true
 * @throws InvalidInput an unknown package; ProviderUnavailable, after which the purchase stays open
 */
export async function createCheckout(
  parts: CheckoutParts,
  order: Order,
  record: (opened: OpenedCheckout) => void,
): Promise<OpenedCheckout> {
  const bought = findPackage(parts.packages, order.packageCode);
  const { id } = await openPurchase(parts, order, bought);
  const session = await createSession(parts, order, { bought, purchaseId: id });
  return parts.writer.write(() => {
    parts.store.update(id, { providerId: session.id, checkoutUrl: session.url });
    const purchase = parts.store.find(id);
    if (!purchase) throw new Error(`There is no purchase ${id}.`);
    const { id: sessionId, url, expires_at: expiresAt } = session;
    const opened = { purchase, sessionId, checkoutUrl: url ?? '', expiresAt: expiresAt * 1000 };
    record(opened);
    return opened;
  });
}

function openPurchase(
  { writer, purchases }: CheckoutParts,
  { accountId, affiliateCode, headers, origin }: Order,
  bought: CreditPackage,
): Promise<Purchase> {
  const { code: packageCode, priceUsdCents, creditMicros } = bought;
  const key = readIdempotencyKey(headers, undefined);
  return writer.write(() =>
    purchases.open({
      ...{ accountId, provider: 'stripe', packageCode, priceUsdCents, creditMicros },
      affiliateCode: affiliateCode ?? null,
      captureToken: referralTokenOf(headers),
      requestSha256: key === null ? null : fingerprint({ key, affiliateCode, origin, bought }),
    }),
  );
}

/** Stripe refuses the same key with another request: whatever it is made from is part of the request's fingerprint. */
function createSession(
  { stripe, returnPath }: CheckoutParts,
  { accountId, origin }: Order,
  { bought, purchaseId }: { bought: CreditPackage; purchaseId: string },
) {
  const metadata = { purchaseId, accountId, packageCode: bought.code };
  const price_data = {
    ...{ currency: 'usd', unit_amount: bought.priceUsdCents },
    product_data: { name: bought.name },
  };
  return stripe.ask((sdk) =>
    sdk.checkout.sessions.create(
      {
        mode: 'payment',
        line_items: [{ quantity: 1, price_data }],
        client_reference_id: accountId,
        metadata,
        // What is refunded or disputed later has the payment's metadata, not the session's.
        payment_intent_data: { metadata },
        success_url: `${origin}${returnPath}?checkout=done&session_id={CHECKOUT_SESSION_ID}`,
        cancel_url: `${origin}${returnPath}?checkout=canceled&session_id={CHECKOUT_SESSION_ID}`,
      },
      { idempotencyKey: purchaseId },
    ),
  );
}
