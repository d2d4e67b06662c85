import { Elysia, t } from 'elysia';
import type { Clock } from '../clock.ts';
import type { Writer } from '../db/writer.ts';
import { Forbidden } from '../errors.ts';
import { createKey, revokeKey } from './keys.ts';
import { CreatedKeyView, CreateKeyBody, KeyView, RevokeKeyBody, viewKey } from './model.ts';
import type { RequireKey } from './require-key.ts';
import type { IdentityStore } from './store.ts';

/** `/api/v1/keys`: list, create, revoke; and the account's webhook secret. */
export function keyRoutes(dependencies: {
  requireKey: RequireKey;
  store: IdentityStore;
  writer: Writer;
  clock: Clock;
  secretOf: (accountId: string) => string;
}) {
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
        if (role === 'admin' && caller.role !== 'admin')
          throw new Forbidden('Only an admin key makes admin keys.');
        const created = await createKey(dependencies, { accountId: caller.accountId, role, label });
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
        const request = { accountId: caller.accountId, callerRole: caller.role, keyPrefix: body.keyPrefix };
        return { revoked: viewKey(await revokeKey(dependencies, request)) };
      },
      {
        requireKey: 'write',
        body: RevokeKeyBody,
        response: { 200: t.Object({ revoked: KeyView }) },
        detail: { summary: 'Revoke an API key by its prefix, from the next request on' },
      },
    );
}
