import type { Authenticator, Caller } from './authenticate.ts';

/** Whom a browser's session cookie stands for. */
export interface SessionCallers {
  /**
   * @returns null where the request has no cookie of ours
   * @throws Unauthorized the session is over, revoked or not of our making
   * @throws Forbidden the account is disabled, or a write comes from another site
   */
  callerOf(request: Request): Caller | null;
}

/** Who sends a request: by API key, else by session cookie. A key that is there decides alone. */
export interface Callers {
  /** @throws Unauthorized, Forbidden */
  identify(request: Request): Caller;
}

/** Whether a request says who sends it by a key, good or not: then its cookies are not looked at. */
export function hasKey(headers: Headers): boolean {
  return headers.has('authorization') || headers.has('x-api-key');
}

export function createCallers(parts: { authenticator: Authenticator; sessions: SessionCallers }): Callers {
  return {
    identify(request) {
      const session = hasKey(request.headers) ? null : parts.sessions.callerOf(request);
      return session ?? parts.authenticator.authenticate(request.headers);
    },
  };
}
