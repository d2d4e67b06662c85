import { t } from 'elysia';

const strict = { additionalProperties: false };

const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const domainLabel = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';

/** One plain address (RFC 5321's Dot-string): nothing that a mail header could read as a second one or a new line. */
export const EmailAddress = t.String({
  pattern: `^(?=[^@]{1,64}@)${atom}(?:\\.${atom})*@${domainLabel}(?:\\.${domainLabel})*$`,
  maxLength: 254,
  'x-expects': 'one e-mail address such as ada@example.com',
  description: 'One address, in any case; international domains in their `xn--` form.',
  examples: ['ada@example.com'],
});

const Code = t.String({
  pattern: '^[0-9]{6}$',
  'x-expects': 'the six digits of the mail',
  examples: ['042137'],
});
const ChallengeId = t.String({
  maxLength: 100,
  description: 'Of `/auth/email/start`. Absent: the latest code of the address is meant.',
  examples: ['eml_9f86d081884c7d659a2feaa0c55ad015'],
});
const codeFields = { challengeId: t.Optional(ChallengeId), email: EmailAddress, code: Code };

export const StartBody = t.Object({ email: EmailAddress }, strict);
export const StartedView = t.Object({
  challengeId: t.String({ examples: ['eml_9f86d081884c7d659a2feaa0c55ad015'] }),
  expiresInSeconds: t.Integer({ examples: [600] }),
  resendInSeconds: t.Integer({ description: 'When the next code may be asked for.', examples: [60] }),
  delivery: t.Union([t.Literal('mail'), t.Literal('operator')], {
    description: '`operator`: no mail server is configured; the operator of the appliance sees the code.',
    examples: ['mail'],
  }),
});

export const VerifyBody = t.Object(
  {
    ...codeFields,
    keyLabel: t.Optional(
      t.String({ minLength: 1, maxLength: 100, default: 'API key', examples: ['Laptop'] }),
    ),
  },
  strict,
);
export const BrowserVerifyBody = t.Object(codeFields, strict);

export const OpenCodesView = t.Object({
  codes: t.Array(
    t.Object({
      challengeId: t.String({ examples: ['eml_9f86d081884c7d659a2feaa0c55ad015'] }),
      email: t.String({ examples: ['ada@example.com'] }),
      code: t.String({ examples: ['042137'] }),
      createdAt: t.String({ format: 'date-time', examples: ['2026-11-24T12:00:00.000Z'] }),
      expiresAt: t.String({ format: 'date-time', examples: ['2026-11-24T12:10:00.000Z'] }),
    }),
  ),
});
