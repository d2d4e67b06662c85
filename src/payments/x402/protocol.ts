import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { fits } from '../../fits.ts';

/**
 * The messages of x402 version 2 (specification of 2025-12-09, scheme `exact` on EVM chains by EIP-3009), as far
 * as they are read here. Members that are not named may be there, and are passed on.
 */
export const x402Version = 2 as const;

const address = Type.String({ pattern: '^0x[0-9a-fA-F]{40}$' });
const wholeNumber = Type.String({ pattern: '^(0|[1-9][0-9]{0,77})$' });
const network = Type.String({ pattern: '^eip155:[0-9]+$', maxLength: 40 });

/** What is asked for. `amount` is in the token's smallest unit. */
export const PaymentRequirements = Type.Object({
  scheme: Type.String(),
  network,
  amount: wholeNumber,
  asset: address,
  payTo: address,
  maxTimeoutSeconds: Type.Integer({ minimum: 1 }),
  extra: Type.Object({ name: Type.String(), version: Type.String() }),
});
export type PaymentRequirements = Static<typeof PaymentRequirements>;

/** What the payer has signed: `from` pays `value` to `to`, once for each `nonce`, between two times in seconds. */
const Authorization = Type.Object({
  from: address,
  to: address,
  value: wholeNumber,
  validAfter: wholeNumber,
  validBefore: wholeNumber,
  nonce: Type.String({ pattern: '^0x[0-9a-fA-F]{64}$' }),
});
export type Authorization = Static<typeof Authorization>;

export const PaymentPayload = Type.Object({
  x402Version: Type.Literal(x402Version),
  accepted: PaymentRequirements,
  payload: Type.Object({
    // An account's has 65 bytes; a contract wallet's may have more.
    signature: Type.String({ pattern: '^0x([0-9a-fA-F]{2}){65,2048}$' }),
    authorization: Authorization,
  }),
});
export type PaymentPayload = Static<typeof PaymentPayload>;

/** Some facilitators write `null` for what isn't there. */
const optionalText = Type.Optional(Type.Union([Type.String(), Type.Null()]));

export const VerifyResponse = Type.Object({
  isValid: Type.Boolean(),
  invalidReason: optionalText,
  payer: optionalText,
});
export type VerifyResponse = Static<typeof VerifyResponse>;

export const SettleResponse = Type.Object({
  success: Type.Boolean(),
  errorReason: optionalText,
  payer: optionalText,
  /** The transaction's hash; empty where none was sent. */
  transaction: Type.String(),
  network: Type.String(),
  amount: optionalText,
});
export type SettleResponse = Static<typeof SettleResponse>;

/** What a facilitator settles, of all versions of x402. */
export const SupportedKinds = Type.Object({
  kinds: Type.Array(
    Type.Object({ x402Version: Type.Number(), scheme: Type.String(), network: Type.String() }),
  ),
});
export type SupportedKinds = Static<typeof SupportedKinds>;

export interface PaymentRequired {
  x402Version: typeof x402Version;
  error: string;
  resource: { url: string; description: string; mimeType: string };
  accepts: PaymentRequirements[];
}

/** The value of `PAYMENT-REQUIRED` and `PAYMENT-RESPONSE`. */
export function encodeHeader(message: object): string {
  return Buffer.from(JSON.stringify(message)).toString('base64');
}

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The message in a header of base64; undefined where it holds none, or another one than `schema` describes. */
export function decodeHeader<Schema extends TSchema>(
  schema: Schema,
  header: string,
): Static<Schema> | undefined {
  if (!base64.test(header)) return undefined;
  try {
    const message: unknown = JSON.parse(Buffer.from(header, 'base64').toString('utf8'));
    return fits(schema, message) ? message : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
