import { Elysia, t } from 'elysia';
import { Forbidden, InvalidInput } from '../errors.ts';
import { assertUnlimited } from './key-limits.ts';
import { createKey, type KeyParts, revokeKey } from './keys.ts';
import {
  CreatedKeyView,
  CreateKeyBody,
  KeyView,
  readKeyLimits,
  RevokeKeyBody,
  viewCreatedKey,
  viewKey,
} from './model.ts';
import { mintKey } from './mint-key.ts';
import type { KeySeeker, RequireKey } from './require-key.ts';
import type { SignInParts } from './sign-in.ts';

/** `/api/v1/keys`: list, create, revoke; and the account's webhook secret. */
export function keyRoutes(
  dependencies: KeyParts & {
    requireKey: RequireKey;
    signIn: SignInParts;
    secretOf: (accountId: string) => string;
  },
) {
  return new Elysia({ name: 'identity.routes', prefix: '/api/v1', normalize: false, tags: ['Keys'] })
    .use(dependencies.requireKey)
    .get('/webhooks/signing-secret', ({ caller }) => ({ secret: dependencies.secretOf(caller.accountId) }), {
      requireKey: 'read',
      response: { 200: t.Object({ secret: t.String({ description: '`whsec_…`, see Standard Webhooks.' }) }) },
      detail: { summary: 'The secret that signs the webhooks of your account' },
    })
    .get('/keys', ({ caller }) => ({ keys: dependencies.store.keysOf(caller.accountId).map(viewKey) }), {
      requireKey: 'read',
      response: { 200: t.Object({ keys: t.Array(KeyView) }) },
      detail: { summary: 'List the API keys of your account' },
    })
    .post(
      '/keys',
      async ({ seeker, body, status }) => status(201, await createKeyFor(dependencies, seeker, body)),
      {
        requireKeyOrIdToken: true,
        body: CreateKeyBody,
        response: { 201: CreatedKeyView },
        detail: {
          summary: 'Create an API key; it is shown once',
          description:
            'For your account, by key or session; or by a Google ID token, without a key, for its account.',
        },
      },
    )
    .post(
      '/keys/revoke',
      async ({ caller, body }) => {
        assertUnlimited(caller.limits);
        const request = { accountId: caller.accountId, callerRole: caller.role, keyPrefix: body.keyPrefix };
        return { revoked: viewKey(await revokeKey(dependencies, request, caller)) };
      },
      {
        requireKey: 'write',
        body: RevokeKeyBody,
        response: { 200: t.Object({ revoked: KeyView }) },
        detail: { summary: 'Revoke an API key by its prefix, from the next request on' },
      },
    );
}

/** A key for the account of a key, of a session, or of whoever an ID token proves to ask. */
async function createKeyFor(
  parts: KeyParts & { signIn: SignInParts },
  seeker: KeySeeker,
  body: typeof CreateKeyBody.static,
) {
  const { label = 'API key', role = 'user' } = body;
  const limits = readKeyLimits(body);
  if (role === 'admin' && Object.keys(limits).length > 0)
    throw new InvalidInput([{ path: '/role', message: 'must be user for a key with limits' }]);
  if (!('accountId' in seeker))
    return viewCreatedKey(await mintKey(parts, seeker, { label, role, ...limits }));
  if (body.idToken !== undefined)
    throw new InvalidInput([
      { path: '/idToken', message: 'is for who has no API key yet: send one of the two' },
    ]);
  assertUnlimited(seeker.limits);
  if (role === 'admin' && seeker.role !== 'admin') throw new Forbidden('Only an admin key makes admin keys.');
  const { accountId } = seeker;
  const created = await createKey(parts, { accountId, role, label, ...limits }, seeker);
  return viewCreatedKey({ ...created, account: parts.store.account(accountId) });
}
