import { Elysia } from 'elysia';
import { Forbidden } from '../errors.ts';
import type { Authenticator } from './authenticate.ts';
import type { RateLimit, RequestKind } from './rate-limit.ts';

/** Who may call a route, and which of the key's rate limits it counts against. */
export type KeyRequirement = RequestKind | 'admin';

/**
 * The macro `{ requireKey: 'read' | 'write' | 'admin' }`: gives the handler `caller`, or ends the request.
 * A route without it has no `caller`: forgetting it is a compile error.
 */
export function requireKey(options: { authenticator: Authenticator; rateLimit: RateLimit }) {
  return new Elysia({ name: 'identity.require-key' }).macro({
    requireKey: (requirement: KeyRequirement) => ({
      resolve({ request }) {
        const caller = options.authenticator.authenticate(request.headers);
        if (requirement === 'admin' && caller.role !== 'admin') {
          throw new Forbidden('This needs an admin key.');
        }
        options.rateLimit.take(caller.keyId, requirement === 'read' ? 'read' : 'write');
        return { caller };
      },
    }),
  });
}

export type RequireKey = ReturnType<typeof requireKey>;
