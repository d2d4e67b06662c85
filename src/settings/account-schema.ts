import { Type } from '@sinclair/typebox';

const strict = { additionalProperties: false };
const text = Type.String();
const days = Type.Number({ exclusiveMinimum: 0, maximum: 3650 });
const usd = Type.Number({ minimum: 0, maximum: 1_000_000 });
const origin = Type.String({
  pattern: '^https?://[^\\s?#]+$',
  'x-expects': 'an http(s) URL',
});
const emailAddress = '[^@\\s,<>]+@[^@\\s,<>]+';

/** The sections of `config/appliance.toml` about people and money; see there what each key means. */
export const accountSections = {
  signIn: Type.Object(
    {
      operatorEmails: Type.Array(
        Type.String({ pattern: `^${emailAddress}$`, 'x-expects': 'an e-mail address' }),
      ),
      allowedEmails: Type.Array(
        Type.String({
          pattern: `^(${emailAddress}|@[^@\\s,<>]+)$`,
          'x-expects': 'an e-mail address, or a domain such as @example.com',
        }),
      ),
      newAccountGrantUsd: usd,
      sessionDays: days,
    },
    strict,
  ),
  google: Type.Object(
    { clientIds: Type.Array(text), issuers: Type.Array(text), jwksUrl: origin, hostedDomain: text },
    strict,
  ),
  smtp: Type.Object(
    {
      url: Type.String({
        pattern: '^(smtps?://\\S+)?$',
        'x-expects': 'a URL such as smtp://user:password@mail.example.com:587, or nothing',
      }),
      from: Type.String({ pattern: `^([^\\r\\n]*<?${emailAddress}>?)?$`, 'x-expects': 'an e-mail address' }),
    },
    strict,
  ),
  payments: Type.Object(
    {
      returnPath: Type.String({ pattern: '^/[^\\s?#]*$', 'x-expects': 'a path such as /dashboard' }),
      suspendOnDispute: Type.Boolean(),
      openCheckoutsMax: Type.Integer({ minimum: 1 }),
    },
    strict,
  ),
  stripe: Type.Object({ secretKey: text, webhookSecret: text, apiUrl: origin }, strict),
  coinbase: Type.Object(
    { keyName: text, keySecret: text, webhookSecret: text, apiUrl: origin, network: text },
    strict,
  ),
  x402: Type.Object(
    {
      payTo: Type.String({
        pattern: '^(0x[0-9a-fA-F]{40})?$',
        'x-expects': 'an address of 0x and 40 hex digits, or nothing',
      }),
      network: Type.String({
        pattern: '^eip155:[0-9]+$',
        'x-expects': 'a CAIP-2 network such as eip155:8453',
      }),
      asset: Type.String({ pattern: '^0x[0-9a-fA-F]{40}$', 'x-expects': 'a token address' }),
      assetName: text,
      assetVersion: text,
      facilitatorUrl: Type.String({
        pattern: '^(https?://[^\\s?#]+)?$',
        'x-expects': 'an http(s) URL, or nothing',
      }),
      facilitatorToken: text,
    },
    strict,
  ),
  affiliates: Type.Object(
    {
      enabled: Type.Boolean(),
      commissionPercent: Type.Number({ minimum: 0, maximum: 100 }),
      attributionDays: days,
      holdingDays: Type.Number({ minimum: 0, maximum: 3650 }),
      payoutMinUsd: usd,
      approveAutomatically: Type.Boolean(),
    },
    strict,
  ),
};
