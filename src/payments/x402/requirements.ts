import type { Settings } from '../../settings/load-settings.ts';
import type { Authorization, PaymentPayload, PaymentRequirements } from './protocol.ts';

export type X402Settings = Settings['x402'];

/** How long a payment may take from its signature to its place on the chain. */
export const maxTimeoutSeconds = 300;
/** USDC has six decimals, so that its smallest unit is a micro-dollar. */
const atomicPerUsdCent = 10_000;
/** An authorization must last long enough to be settled: three blocks of Base. */
const lastingSeconds = 6;

/** What a payer has to sign to buy for `usdCents`. */
export function paymentRequirements(settings: X402Settings, usdCents: number): PaymentRequirements {
  const { network, asset, payTo, assetName, assetVersion } = settings;
  return {
    scheme: 'exact',
    network,
    amount: String(usdCents * atomicPerUsdCent),
    asset,
    payTo,
    maxTimeoutSeconds,
    extra: { name: assetName, version: assetVersion },
  };
}

/** Why a payment is not the one that is required, as x402's name for it; null where it is. */
export function mismatch(payment: PaymentPayload, required: PaymentRequirements): string | null {
  const { accepted } = payment;
  const { to, value } = payment.payload.authorization;
  const rules: [isBroken: boolean, reason: string][] = [
    [accepted.scheme !== required.scheme, 'invalid_scheme'],
    [accepted.network !== required.network, 'invalid_network'],
    [!isSameHex(accepted.asset, required.asset), 'invalid_asset'],
    [!isSameHex(accepted.payTo, required.payTo), 'invalid_pay_to'],
    [accepted.amount !== required.amount, 'invalid_amount'],
    [accepted.maxTimeoutSeconds !== required.maxTimeoutSeconds, 'invalid_payment_requirements'],
    [accepted.extra.name !== required.extra.name, 'invalid_payment_requirements'],
    [accepted.extra.version !== required.extra.version, 'invalid_payment_requirements'],
    [!isSameHex(to, required.payTo), 'invalid_exact_evm_payload_recipient_mismatch'],
    [value !== required.amount, 'invalid_exact_evm_payload_authorization_value'],
  ];
  return rules.find(([isBroken]) => isBroken)?.[1] ?? null;
}

/** Why an authorization can't be settled at `now` (milliseconds), as x402's name for it; null where it can. */
export function outOfTime({ validAfter, validBefore }: Authorization, now: number): string | null {
  const seconds = BigInt(Math.floor(now / 1000));
  if (BigInt(validBefore) < seconds + BigInt(lastingSeconds)) {
    return 'invalid_exact_evm_payload_authorization_valid_before';
  }
  return BigInt(validAfter) > seconds ? 'invalid_exact_evm_payload_authorization_valid_after' : null;
}

/** Addresses are written in either case. */
export function isSameHex(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Names what can be spent once only: a token's contract takes each nonce of a payer a single time. */
export function paymentId({ accepted, payload }: PaymentPayload): string {
  const { from, nonce } = payload.authorization;
  return [accepted.network, accepted.asset, from, nonce].join(':').toLowerCase();
}
