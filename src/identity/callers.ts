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

export function createCallers(parts: { authenticator: Authenticator; sessions: SessionCallers }): Callers {
  return {
    identify(request) {
      const { headers } = request;
      const hasKey = headers.has('authorization') || headers.has('x-api-key');
      return (hasKey ? null : parts.sessions.callerOf(request)) ?? parts.authenticator.authenticate(headers);
    },
  };
}
