import { t } from 'elysia';
import type { ApiKey } from './tables.ts';

// `t.Nullable` would write OpenAPI 3.0's `nullable`, which 3.1 doesn't know.
const time = t.Union([t.String({ format: 'date-time' }), t.Null()]);
const role = t.Union([t.Literal('admin'), t.Literal('user')]);

export const KeyView = t.Object({
  id: t.String(),
  keyPrefix: t.String({ description: 'What `POST /api/v1/keys/revoke` takes.' }),
  label: t.String(),
  role,
  createdAt: time,
  lastUsedAt: time,
  revokedAt: time,
});
export const CreateKeyBody = t.Object(
  {
    label: t.Optional(t.String({ minLength: 1, maxLength: 100, default: 'API key' })),
    role: t.Optional(role),
  },
  { additionalProperties: false },
);
export const CreatedKeyView = t.Composite([
  KeyView,
  t.Object({ apiKey: t.String({ description: 'Shown once; store it securely.' }) }),
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

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

export function viewKey(key: ApiKey) {
  const { id, keyPrefix, label } = key;
  return {
    id,
    keyPrefix,
    label,
    role: key.role,
    createdAt: iso(key.createdAt),
    lastUsedAt: iso(key.lastUsedAt),
    revokedAt: iso(key.revokedAt),
  };
}
