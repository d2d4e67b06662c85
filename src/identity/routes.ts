import { Elysia, t } from 'elysia';
import { Forbidden, InvalidInput } from '../errors.ts';
import { assertUnlimited } from './key-limits.ts';
import { createKey, type KeyParts, revokeKey } from './keys.ts';
import { CreatedKeyView, CreateKeyBody, KeyView, readKeyLimits, RevokeKeyBody, viewKey } from './model.ts';
import type { RequireKey } from './require-key.ts';

/** `/api/v1/keys`: list, create, revoke; and the account's webhook secret. */
export function keyRoutes(
  dependencies: KeyParts & {
    requireKey: RequireKey;
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
      async ({ caller, body, status }) => {
        const { label = 'API key', role = 'user' } = body;
        const { accountId } = caller;
        assertUnlimited(caller.limits);
        if (role === 'admin' && caller.role !== 'admin')
          throw new Forbidden('Only an admin key makes admin keys.');
        const limits = readKeyLimits(body);
        if (role === 'admin' && Object.keys(limits).length > 0)
          throw new InvalidInput([{ path: '/role', message: 'must be user for a key with limits' }]);
        const created = await createKey(dependencies, { accountId, role, label, ...limits }, caller);
        return status(201, { apiKey: created.apiKey, ...viewKey(created.row) });
      },
      {
        requireKey: 'write',
        body: CreateKeyBody,
        response: { 201: CreatedKeyView },
        detail: { summary: 'Create an API key; it is shown once' },
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
