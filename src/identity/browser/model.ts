import { t } from 'elysia';
import { isoTime } from '../../clock.ts';
import type { Account } from '../tables.ts';

/** Who is signed in with a browser. */
export const SessionView = t.Object({
  accountId: t.String({ examples: ['acct_3f9c0a1b2d4e5f607182'] }),
  email: t.Union([t.String(), t.Null()], { examples: ['ada@gmail.com'] }),
  name: t.String({ examples: ['Ada Lovelace'] }),
  role: t.Union([t.Literal('admin'), t.Literal('user')], { examples: ['user'] }),
  expiresAt: t.String({ format: 'date-time', examples: ['2026-12-24T12:00:00.000Z'] }),
});

/** What a page may offer its visitors. */
export const SignInOptionsView = t.Object({
  google: t.Union(
    [
      t.Object({
        clientIds: t.Array(t.String(), { examples: [['1234567890-abc123.apps.googleusercontent.com']] }),
      }),
      t.Null(),
    ],
    {
      description: 'Null: not configured.',
      examples: [{ clientIds: ['1234567890-abc123.apps.googleusercontent.com'] }],
    },
  ),
  email: t.Object({
    mailed: t.Boolean({
      description: 'False: a code is shown to the operator only, who passes it on.',
      examples: [true],
    }),
  }),
});

export const SignedOutView = t.Object({ signedOut: t.Literal(true, { examples: [true] }) });

export function viewSession({
  accountId,
  email,
  name,
  role,
  expiresAt,
}: Pick<Account, 'email' | 'name' | 'role'> & { accountId: string; expiresAt: number }) {
  return { accountId, email, name, role, expiresAt: isoTime(expiresAt) };
}
