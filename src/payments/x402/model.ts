import { type TSchema, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { PaymentRequirements } from './protocol.ts';

/** $10,000: more than that is no purchase of an agent, but a mistake. */
const usdCentsMax = 1_000_000;

export const X402Body = t.Object(
  {
    usdCents: Type.Integer({
      minimum: 100,
      maximum: usdCentsMax,
      description: 'US cents, which are credited one to one.',
    }),
    affiliateCode: t.Optional(t.String({ minLength: 1, maxLength: 64 })),
  },
  { additionalProperties: false, examples: [{ usdCents: 500, affiliateCode: 'PROMO_42' }] },
);

export const X402CreditView = t.Object(
  {
    purchaseId: t.String(),
    usdCents: t.Integer(),
    creditUsd: t.Number(),
    creditMicros: t.Integer(),
    balanceUsd: t.Number(),
    balanceMicros: t.Integer(),
    currency: t.Literal('usd'),
    payer: t.String(),
    network: t.String(),
    transaction: t.String({
      description: 'Its hash on the chain; empty where an operator settled the purchase by hand.',
    }),
  },
  {
    examples: [
      {
        ...{
          purchaseId: 'pur_0a1b2c3d4e5f60718293a4b5',
          usdCents: 500,
          creditUsd: 5,
          creditMicros: 5_000_000,
        },
        ...{ balanceUsd: 7.5, balanceMicros: 7_500_000, currency: 'usd' },
        payer: '0x857b06519e91e3a54538791bdbb0e22373e36b66',
        network: 'eip155:8453',
        transaction: `0x${'89c91c78'.repeat(8)}`,
      },
    ],
  },
);

export const PaymentRequiredView = t.Object(
  {
    error: t.String(),
    code: t.Literal('payment_required'),
    details: t.Optional(t.Object({ reason: t.String({ description: "x402's name for it." }) })),
    x402Version: t.Literal(2),
    resource: t.Object({ url: t.String(), description: t.String(), mimeType: t.String() }),
    accepts: t.Array(PaymentRequirements),
  },
  {
    examples: [
      {
        error: 'Pay $5.00 by x402: send the signed payment as `PAYMENT-SIGNATURE`.',
        ...{ code: 'payment_required', x402Version: 2 },
        resource: {
          url: 'https://media.example.com/api/v1/credits/purchase/x402',
          ...{ description: 'Credit of $5.00', mimeType: 'application/json' },
        },
        accepts: [
          {
            ...{ scheme: 'exact', network: 'eip155:8453', amount: '5000000', maxTimeoutSeconds: 300 },
            asset: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
            payTo: '0x209693Bc6afc0C5328bA36FaF03C514EF312287C',
            extra: { name: 'USD Coin', version: '2' },
          },
        ],
      },
    ],
  },
);

const header = (description: string) => ({ description, schema: { type: 'string' as const } });
/** As OpenAPI's types take it. */
const plain = (schema: TSchema): object => schema;
const settlement = header('How it was settled, base64 of JSON; where settling was refused, why.');

/** How OpenAPI describes the purchase; Elysia knows no headers of answers. */
export const x402Detail = {
  summary: 'Buy credit by x402: ask without a payment for the terms (402), sign them, send again',
  description:
    'x402 version 2, scheme `exact` (EIP-3009). The same payment sent again gets the same credit, once. ' +
    'Clients built on `@x402/fetch` refuse more than $1 until their spending controls allow it.',
  parameters: [
    {
      ...{ name: 'PAYMENT-SIGNATURE', in: 'header' as const, schema: { type: 'string' as const } },
      description: 'The signed payment, base64 of JSON; without it the answer is 402 with the terms.',
    },
  ],
  responses: {
    200: {
      description: 'Credited',
      headers: { 'PAYMENT-RESPONSE': settlement },
      content: { 'application/json': { schema: plain(X402CreditView) } },
    },
    402: {
      description: 'What has to be paid; or why a payment was refused, of which nothing was taken',
      headers: {
        'PAYMENT-REQUIRED': header('The terms, base64 of JSON.'),
        'PAYMENT-RESPONSE': settlement,
      },
      content: { 'application/json': { schema: plain(PaymentRequiredView) } },
    },
  },
};
