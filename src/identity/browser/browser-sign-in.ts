import type { OwnOrigin } from '../../net/own-origin.ts';
import type { Account } from '../tables.ts';
import { clearedSessionCookie, readSessionCookies, sessionCookie } from './cookie.ts';
import { assertOwnPage } from './same-site.ts';
import type { BrowserSessions } from './sessions.ts';

/** Signing browsers in and out: what every route needs that sets the session cookie. */
export interface BrowserSignIn {
  /**
   * Called before anything else where a browser signs in or out: another site could otherwise sign its visitors in to
   * an account of its own. `untold` is `allow` for signing in, because scripts tell no origin and have no cookie yet.
   * @throws CrossSiteRequest
   */
  assertOwnPage(request: Request, options: { untold: 'allow' | 'refuse' }): void;
  /**
   * Opens a session for the account and ends those whose cookies came with the request, so that nobody who knew a
   * cookie before the sign-in knows one after it. Called inside `Writer.write`.
   */
  open(request: Request, account: Account, now: number): SignedIn;
  /** Ends the sessions of the request's cookies. Called inside `Writer.write`. @returns the `Set-Cookie` header */
  end(request: Request): string;
}

export interface SignedIn {
  /** The `Set-Cookie` header. */
  setCookie: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

export function createBrowserSignIn(options: {
  sessions: BrowserSessions;
  ownOrigin: OwnOrigin;
}): BrowserSignIn {
  const { sessions, ownOrigin } = options;
  const isSecure = (request: Request) => ownOrigin.of(request).startsWith('https:');
  const endAll = (request: Request) => {
    for (const cookieValue of readSessionCookies(request.headers)) sessions.end(cookieValue);
  };
  return {
    assertOwnPage: (request, { untold }) => assertOwnPage(request, { origin: ownOrigin.of(request), untold }),
    open(request, { id: accountId }, now) {
      endAll(request);
      const { cookieValue, expiresAt, maxAgeSeconds } = sessions.open({ accountId, now });
      const setCookie = sessionCookie({ cookieValue, maxAgeSeconds, isSecure: isSecure(request) });
      return { setCookie, expiresAt };
    },
    end(request) {
      endAll(request);
      return clearedSessionCookie({ isSecure: isSecure(request) });
    },
  };
}
