import { hourMs } from '../../clock.ts';
import type { NewCheckout, ProviderCheckout } from '../checkout/create-checkout.ts';
import type { CoinbaseConnection } from './coinbase-connection.ts';

/** A checkout can be paid for this long. */
export const checkoutMs = 24 * hourMs;

/**
 * A checkout of Coinbase's; asked for again, the same one.
 * @param parts.returnPath page that a checkout returns to
 * @throws ProviderUnavailable
 */
export async function createCharge(
  { coinbase, returnPath }: { coinbase: CoinbaseConnection; returnPath: string },
  { order: { accountId, origin }, bought, purchase: { id: purchaseId, createdAt } }: NewCheckout,
): Promise<ProviderCheckout> {
  const page = `${origin}${returnPath}?checkout=`;
  // Coinbase sends its customers to pages with TLS only.
  const isSafe = origin.startsWith('https:');
  const expiresAt = createdAt + checkoutMs;
  const made = await coinbase.create({
    ...{ idempotencyKey: purchaseId, priceUsdCents: bought.priceUsdCents, expiresAt },
    description: bought.name,
    metadata: { purchaseId, accountId, packageCode: bought.code },
    ...(isSafe ? { successRedirectUrl: `${page}done`, failRedirectUrl: `${page}canceled` } : {}),
  });
  const { checkoutId, url: checkoutUrl } = made;
  return { checkoutId, checkoutUrl, expiresAt: made.expiresAt ?? expiresAt, purchaseId: made.purchaseId };
}
