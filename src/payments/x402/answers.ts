import type { Ledger } from '../../ledger/ledger.ts';
import type { Purchase } from '../tables.ts';
import type { X402CreditView } from './model.ts';
import {
  encodeHeader,
  type PaymentRequired,
  type PaymentRequirements,
  type SettleResponse,
  x402Version,
} from './protocol.ts';

/** 200 with `PAYMENT-RESPONSE`. */
export function creditedResponse(ledger: Ledger, purchase: Purchase): Response {
  const { id, accountId, providerId, paymentId, priceUsdCents, creditMicros } = purchase;
  const [network, payer] = partsOf(providerId ?? '');
  // An operator may have settled it by hand.
  const transaction = paymentId ?? '';
  const balanceMicros = ledger.balanceMicros(accountId);
  const settlement = { success: true, payer, network, transaction };
  const view: typeof X402CreditView.static = {
    ...{ purchaseId: id, usdCents: priceUsdCents, creditUsd: creditMicros / 1e6, creditMicros },
    ...{ balanceUsd: balanceMicros / 1e6, balanceMicros, currency: 'usd' },
    ...{ payer, network, transaction },
  };
  return Response.json(view, { headers: { 'payment-response': encodeHeader(settlement) } });
}

/** Network and payer out of what `paymentId` in requirements.ts has made: `eip155:8453:<asset>:<payer>:<nonce>`. */
function partsOf(providerId: string): [network: string, payer: string] {
  const [namespace = '', chain = '', _asset, payer = ''] = providerId.split(':');
  return [`${namespace}:${chain}`, payer];
}

interface Terms {
  requirements: PaymentRequirements;
  usdCents: number;
  /** The address that is paid for, as the client reaches it. */
  url: string;
}

/** 402 with `PAYMENT-REQUIRED`. @param refusal why a payment that was sent is not taken */
export function paymentRequiredResponse(
  { requirements, usdCents, url }: Terms,
  refusal?: { reason: string; settlement: SettleResponse | null },
): Response {
  const price = `$${(usdCents / 100).toFixed(2)}`;
  const resource = { url, description: `Credit of ${price}`, mimeType: 'application/json' };
  const offer = { x402Version, resource, accepts: [requirements] } satisfies Omit<PaymentRequired, 'error'>;
  const required: PaymentRequired = { error: refusal?.reason ?? 'PAYMENT-SIGNATURE is missing', ...offer };
  const body = {
    error:
      refusal === undefined
        ? `Pay ${price} by x402: send the signed payment as PAYMENT-SIGNATURE.`
        : `The payment was refused (${refusal.reason}) and nothing was taken; sign these terms.`,
    code: 'payment_required',
    ...(refusal === undefined ? {} : { details: { reason: refusal.reason } }),
    ...offer,
  };
  const headers: Record<string, string> = {
    'payment-required': encodeHeader(required),
    'cache-control': 'no-store',
  };
  if (refusal?.settlement) headers['payment-response'] = encodeHeader(refusal.settlement);
  return Response.json(body, { status: 402, headers });
}
