import type { NewCheckout, ProviderCheckout } from '../checkout/create-checkout.ts';
import type { StripeConnection } from './stripe-connection.ts';

/**
 * A checkout session of Stripe's; asked for again, the same one. Stripe refuses the same key with another request:
 * whatever it is made from is part of the fingerprint of a repeated request.
 * @param parts.returnPath page that a checkout returns to
 * @throws ProviderUnavailable
 */
export async function createSession(
  { stripe, returnPath }: { stripe: StripeConnection; returnPath: string },
  { order: { accountId, origin }, bought, purchase: { id: purchaseId } }: NewCheckout,
): Promise<ProviderCheckout> {
  const metadata = { purchaseId, accountId, packageCode: bought.code };
  const price_data = {
    ...{ currency: 'usd', unit_amount: bought.priceUsdCents },
    product_data: { name: bought.name },
  };
  const session = await stripe.ask((sdk) =>
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
  return {
    ...{ checkoutId: session.id, checkoutUrl: session.url ?? '', expiresAt: session.expires_at * 1000 },
    purchaseId: session.metadata?.['purchaseId'] ?? null,
  };
}
