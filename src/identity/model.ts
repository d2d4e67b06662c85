import { t } from 'elysia';
import { isoTime } from '../clock.ts';
import { tasks } from '../tasks/registry.ts';
import { idTokenField, nonceField } from './google/model.ts';
import type { CreatedKey } from './keys.ts';
import type { Account, ApiKey } from './tables.ts';

// `t.Nullable` would write OpenAPI 3.0's `nullable`, which 3.1 doesn't know.
const timeOr = (example: string | null) =>
  t.Union([t.String({ format: 'date-time' }), t.Null()], { examples: [example] });
const role = t.Union([t.Literal('admin'), t.Literal('user')], { examples: ['user'] });

// Its type is told: of a list that isn't written out, a client would see no name at all.
const taskName = t.Unsafe<string>(t.Union([...tasks.keys()].map((name) => t.Literal(name))));

export const KeyView = t.Object({
  id: t.String({ examples: ['key_4f0d5b1c9a2e7736'] }),
  keyPrefix: t.String({
    description: 'What `POST /api/v1/keys/revoke` takes.',
    examples: ['kt_live_8fKq2ZtB'],
  }),
  label: t.String({ examples: ['Agent Worker A'] }),
  role,
  createdAt: timeOr('2026-11-24T12:00:00.000Z'),
  lastUsedAt: timeOr('2026-11-24T12:34:56.000Z'),
  revokedAt: timeOr(null),
  allowedTasks: t.Union([t.Array(t.String()), t.Null()], {
    description: 'Media tasks; null: all.',
    examples: [['image.generate']],
  }),
  spendCapUsdPerDay: t.Union([t.Number(), t.Null()], {
    description: 'Of a UTC day; null: no cap.',
    examples: [5],
  }),
});
export const CreateKeyBody = t.Object(
  {
    label: t.Optional(
      t.String({ minLength: 1, maxLength: 100, default: 'API key', examples: ['Agent Worker A'] }),
    ),
    role: t.Optional(role),
    idToken: t.Optional(idTokenField),
    nonce: nonceField,
    allowedTasks: t.Optional(
      t.Array(taskName, {
        minItems: 1,
        uniqueItems: true,
        description: 'The media tasks that the key may submit. Absent: all.',
        examples: [['image.generate', 'image.edit']],
      }),
    ),
    spendCapUsdPerDay: t.Optional(
      t.Number({
        minimum: 0.000001,
        maximum: 1_000_000,
        description: 'What the key may spend in a UTC day. Absent: all that the account has.',
        examples: [5],
      }),
    ),
  },
  { additionalProperties: false },
);
export const CreatedKeyView = t.Composite([
  KeyView,
  t.Object({
    apiKey: t.String({
      description: 'Shown once; store it securely.',
      examples: ['kt_live_8fKq2ZtBv0cXo1nD7sLhYpWm3GjRaE4uTiQk'],
    }),
    accountId: t.String({ examples: ['acct_3f9c0a1b2d4e5f607182'] }),
    email: t.Union([t.String(), t.Null()], { description: 'Of the account.', examples: ['ada@gmail.com'] }),
  }),
]);
export const RevokeKeyBody = t.Object(
  {
    keyPrefix: t.String({
      pattern: '^(kt_live_)?[0-9A-Za-z]{5,36}$',
      'x-expects': 'five to 36 letters and digits of the key, with or without `kt_live_`',
      description: 'At least five characters of the key, with or without `kt_live_`.',
      examples: ['abcde'],
    }),
  },
  { additionalProperties: false },
);

/** What a request asks of a new key, as `NewKey` holds it. */
export function readKeyLimits({ allowedTasks, spendCapUsdPerDay }: typeof CreateKeyBody.static) {
  return {
    ...(allowedTasks === undefined ? {} : { allowedTasks }),
    ...(spendCapUsdPerDay === undefined ? {} : { spendCapMicrosPerDay: Math.floor(spendCapUsdPerDay * 1e6) }),
  };
}

export function viewKey(key: ApiKey) {
  const { id, keyPrefix, label } = key;
  return {
    id,
    keyPrefix,
    label,
    role: key.role,
    createdAt: isoTime(key.createdAt),
    lastUsedAt: isoTime(key.lastUsedAt),
    revokedAt: isoTime(key.revokedAt),
    allowedTasks: key.allowedTasks,
    spendCapUsdPerDay: key.spendCapMicrosPerDay === null ? null : key.spendCapMicrosPerDay / 1e6,
  };
}

export function viewCreatedKey({ apiKey, row, account }: CreatedKey & { account?: Account | undefined }) {
  return { apiKey, ...viewKey(row), accountId: row.accountId, email: account?.email ?? null };
}
