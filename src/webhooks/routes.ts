import { Elysia, t } from 'elysia';
import type { RequireKey } from '../identity/require-key.ts';

/** `/api/v1/webhooks/signing-secret`: what a receiver verifies deliveries with. */
export function webhookRoutes(options: { requireKey: RequireKey; secretOf: (accountId: string) => string }) {
  return new Elysia({ name: 'webhooks.routes', prefix: '/api/v1', normalize: false, tags: ['Webhooks'] })
    .use(options.requireKey)
    .get('/webhooks/signing-secret', ({ caller }) => ({ secret: options.secretOf(caller.accountId) }), {
      requireKey: 'read',
      response: { 200: t.Object({ secret: t.String({ description: '`whsec_…`, see Standard Webhooks.' }) }) },
      detail: { summary: 'The secret that signs your webhooks' },
    });
}
