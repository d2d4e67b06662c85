import { t } from 'elysia';

const strict = { additionalProperties: false };

export const idTokenField = t.String({
  minLength: 1,
  maxLength: 8192,
  description: "An ID token of Google's for one of this appliance's client ids.",
  examples: ['eyJhbGciOiJSUzI1NiIs...'],
});
export const nonceField = t.Optional(
  t.String({
    minLength: 1,
    maxLength: 255,
    description: 'What your page asked Google to put into the token: it must be there.',
    examples: ['n-0S6_WzA2Mj'],
  }),
);

export const GoogleKeyBody = t.Object(
  {
    idToken: idTokenField,
    keyLabel: t.Optional(
      t.String({ minLength: 1, maxLength: 100, default: 'API key', examples: ['Google bootstrap key'] }),
    ),
    nonce: nonceField,
  },
  strict,
);
export const GoogleBrowserBody = t.Object({ idToken: idTokenField, nonce: nonceField }, strict);
