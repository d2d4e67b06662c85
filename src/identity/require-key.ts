import { Elysia } from 'elysia';
import { Forbidden } from '../errors.ts';
import type { Caller } from './authenticate.ts';
import type { Callers } from './callers.ts';
import type { RateLimit, RequestKind } from './rate-limit.ts';

/** Who may call a route, and which of the key's rate limits it counts against. */
export type KeyRequirement = RequestKind | 'admin';

/**
 * The macro `{ requireKey: 'read' | 'write' | 'admin' }`: gives the handler `caller`, or ends the request.
 * A route without it has no `caller`: forgetting it is a compile error.
 */
export function requireKey({ callers, rateLimit }: { callers: Callers; rateLimit: RateLimit }) {
  const known = new WeakMap<Request, Caller>();
  const identify = (request: Request, requirement: KeyRequirement): Caller => {
    const caller = callers.identify(request);
    if (requirement === 'admin' && caller.role !== 'admin') throw new Forbidden('This needs an admin key.');
    rateLimit.take(caller.keyId, requirement === 'read' ? 'read' : 'write');
    return caller;
  };
  return new Elysia({ name: 'identity.require-key' }).macro({
    requireKey: (requirement: KeyRequirement) => ({
      // Before the validation: who has no key learns nothing of what a route takes.
      transform({ request }) {
        known.set(request, identify(request, requirement));
      },
      resolve({ request }) {
        return { caller: known.get(request) ?? identify(request, requirement) };
      },
    }),
  });
}

export type RequireKey = ReturnType<typeof requireKey>;
