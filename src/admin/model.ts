import { Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { isoTime } from '../clock.ts';
import type { AuditEntry } from '../audit/tables.ts';
import type { Account } from '../identity/tables.ts';

const strict = { additionalProperties: false };
const time = t.Union([t.String({ format: 'date-time' }), t.Null()]);
const amountMax = 1_000_000_000_000;
const accountId = t.String({ examples: ['acct_3f9c0a1b2d4e5f607182'] });
const reason = t.String({ minLength: 1, maxLength: 200, examples: ['Asked for by mail, ticket 42'] });

export const NewAccountBody = t.Object(
  {
    name: t.String({ minLength: 1, maxLength: 100, examples: ['Ada'] }),
    grantMicros: t.Optional(Type.Integer({ minimum: 1, maximum: amountMax, examples: [5_000_000] })),
  },
  strict,
);
export const NewAccountView = t.Object({ accountId: t.String(), name: t.String(), apiKey: t.String() });

export const GrantBody = t.Object(
  {
    accountId,
    amountMicros: Type.Integer({
      minimum: -amountMax,
      maximum: amountMax,
      description: 'Micro-dollars. Below zero: taken from the account, as far as it has them.',
      examples: [5_000_000],
    }),
    reference: t.String({ minLength: 1, maxLength: 100, description: 'Granted once under this reference.' }),
    reason: t.Optional(reason),
  },
  strict,
);
export const GrantView = t.Object({ balanceMicros: t.Integer(), wasNew: t.Boolean() });

export const SwitchAccountBody = t.Object({ accountId, reason }, strict);

export const AccountsQuery = t.Object(
  { limit: t.Optional(t.Integer({ minimum: 1, maximum: 100, default: 50 })), cursor: t.Optional(t.String()) },
  strict,
);
export const AccountView = t.Object({
  accountId: t.String(),
  name: t.String(),
  role: t.Union([t.Literal('admin'), t.Literal('user')]),
  email: t.Union([t.String(), t.Null()]),
  createdAt: time,
  disabledAt: time,
  disabledReason: t.Union([t.String(), t.Null()]),
  activeKeys: t.Integer(),
  balanceUsd: t.Number(),
  balanceMicros: t.Integer(),
});
export const AccountListView = t.Object({
  accounts: t.Array(AccountView),
  nextCursor: t.Union([t.String(), t.Null()]),
});

export const AuditQuery = t.Object(
  {
    subject: t.Optional(t.String({ description: 'What it was done to: an account, a key, a purchase.' })),
    limit: t.Optional(t.Integer({ minimum: 1, maximum: 200, default: 50 })),
    cursor: t.Optional(t.String({ pattern: '^[0-9]{1,15}$', 'x-expects': 'the `nextCursor` of a list' })),
  },
  strict,
);
export const AuditListView = t.Object({
  entries: t.Array(
    t.Object({
      id: t.Integer(),
      at: t.String({ format: 'date-time' }),
      actorAccountId: t.Union([t.String(), t.Null()]),
      actorKeyId: t.Union([t.String(), t.Null()]),
      action: t.String({ examples: ['key.create'] }),
      subject: t.String(),
      details: t.Record(t.String(), t.Unknown()),
    }),
  ),
  nextCursor: t.Union([t.String(), t.Null()]),
});

export function viewAccount(
  account: Account,
  { activeKeys, balanceMicros }: { activeKeys: number; balanceMicros: number },
) {
  const { id, name, role, email, disabledReason } = account;
  const times = { createdAt: isoTime(account.createdAt), disabledAt: isoTime(account.disabledAt) };
  const balance = { balanceUsd: balanceMicros / 1e6, balanceMicros };
  return { accountId: id, name, role, email, ...times, disabledReason, activeKeys, ...balance };
}

export function viewAuditEntry({ at, ...entry }: AuditEntry) {
  return { ...entry, at: isoTime(at) };
}
