import { Elysia } from 'elysia';
import { Forbidden } from '../errors.ts';
import type { Caller } from './authenticate.ts';
import { type Callers, hasKey } from './callers.ts';
import type { GoogleSignIn } from './google/google-sign-in.ts';
import type { IdTokenRequest } from './google/verify-id-token.ts';
import type { RateLimit, RequestKind } from './rate-limit.ts';
import type { ProvenIdentity } from './sign-in.ts';

/** Who may call a route, and which of the key's rate limits it counts against. */
export type KeyRequirement = RequestKind | 'admin';

/** Who asks for a key: somebody who has one or a session, or who proves to be somebody by an ID token. */
export type KeySeeker = Caller | ProvenIdentity;

/**
 * The macros `{ requireKey: 'read' | 'write' | 'admin' }`, which gives the handler `caller`, and
 * `{ requireKeyOrIdToken: true }`, which gives it `seeker`; or they end the request.
 * A route without one has neither: forgetting it is a compile error.
 */
export function requireKey(parts: { callers: Callers; rateLimit: RateLimit; google: GoogleSignIn }) {
  const { callers, rateLimit, google } = parts;
  const known = new WeakMap<Request, Caller>();
  const proven = new WeakMap<Request, ProvenIdentity>();
  const identify = (request: Request, requirement: KeyRequirement): Caller => {
    const caller = callers.identify(request);
    if (requirement === 'admin' && caller.role !== 'admin') throw new Forbidden('This needs an admin key.');
    rateLimit.take(caller.keyId, requirement === 'read' ? 'read' : 'write');
    return caller;
  };
  return new Elysia({ name: 'identity.require-key' }).macro({
    // Before the validation: who has no key learns nothing of what a route takes.
    requireKey: (requirement: KeyRequirement) => ({
      transform({ request }) {
        known.set(request, identify(request, requirement));
      },
      resolve({ request }) {
        return { caller: known.get(request) ?? identify(request, requirement) };
      },
    }),
    requireKeyOrIdToken: (_isRequired: true) => ({
      async transform({ request, server, body }) {
        const proof = hasKey(request.headers) ? null : readProof(body);
        if (proof) proven.set(request, await google.prove({ request, server }, proof));
        else known.set(request, identify(request, 'write'));
      },
      resolve({ request }): { seeker: KeySeeker } {
        return { seeker: known.get(request) ?? proven.get(request) ?? identify(request, 'write') };
      },
    }),
  });
}

/** What of an unchecked body may prove who sends it. */
function readProof(body: unknown): IdTokenRequest | null {
  if (typeof body !== 'object' || body === null) return null;
  if (!('idToken' in body) || typeof body.idToken !== 'string') return null;
  const { idToken } = body;
  return 'nonce' in body && typeof body.nonce === 'string' ? { idToken, nonce: body.nonce } : { idToken };
}

export type RequireKey = ReturnType<typeof requireKey>;
