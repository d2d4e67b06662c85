import type { Clock } from '../../clock.ts';
import { Forbidden, Unauthorized } from '../../errors.ts';
import type { OwnOrigin } from '../../net/own-origin.ts';
import type { SessionCallers } from '../callers.ts';
import { noLimits } from '../key-limits.ts';
import { readSessionCookies } from './cookie.ts';
import { assertOwnPage, isByScript, isWrite } from './same-site.ts';
import type { BrowserSessions, OpenSession } from './sessions.ts';

/** The sessions behind requests, as callers of any route that takes an API key. */
export interface BrowserCallers extends SessionCallers {
  /**
   * The session of the request's cookie; null where it has none.
   * @throws Unauthorized it is over, or not of our making
   * @throws CrossSiteRequest it is for a write from elsewhere, or a script's of another origin
   * @throws Forbidden the account is disabled
   */
  sessionOf(request: Request): OpenSession | null;
}

export function createSessionCallers(options: {
  sessions: BrowserSessions;
  ownOrigin: OwnOrigin;
  clock: Clock;
}): BrowserCallers {
  const { sessions, ownOrigin, clock } = options;
  const sessionOf = (request: Request): OpenSession | null => {
    const [cookieValue, ...others] = readSessionCookies(request.headers);
    if (cookieValue === undefined) return null;
    if (isWrite(request) || isByScript(request))
      assertOwnPage(request, { origin: ownOrigin.of(request), untold: 'refuse' });
    // A neighbour in the same domain can plant one, but not take the right one away.
    const session = others.length > 0 ? undefined : sessions.find(cookieValue, clock());
    if (!session) throw new Unauthorized('The browser session is over. Sign in again.');
    if (session.disabledAt !== null) throw new Forbidden('This account is disabled.');
    return session;
  };
  return {
    sessionOf,
    callerOf(request) {
      const session = sessionOf(request);
      return (
        session && { accountId: session.accountId, keyId: session.id, role: session.role, limits: noLimits }
      );
    },
  };
}
