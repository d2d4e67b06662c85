import { randomBytes } from 'node:crypto';
import type { SessionTokens } from './session-token.ts';
import type { BrowserSessionStore } from './store.ts';

const dayMs = 86_400_000;

/** Sessions of one account; when one more is opened, the oldest ends. */
const sessionsMax = 50;

/** A session that is open, with what its account may do now. */
export type OpenSession = NonNullable<ReturnType<BrowserSessionStore['find']>>;

/** Sessions of signed-in browsers, by the value of their cookie. */
export interface BrowserSessions {
  /**
   * Called inside `Writer.write`.
   * @param request.now epoch milliseconds
   * @returns the only copy of the cookie's value; `expiresAt` in epoch milliseconds
   */
  open(request: { accountId: string; now: number }): OpenedSession;
  /** @returns undefined where the value is not ours, or its session has ended or expired */
  find(cookieValue: string, now: number): OpenSession | undefined;
  /** From the next request on; does nothing where there is none. Called inside `Writer.write`. */
  end(cookieValue: string): void;
  /** Called inside `Writer.write`. */
  deleteExpired(now: number): void;
}

export interface OpenedSession {
  id: string;
  cookieValue: string;
  expiresAt: number;
  maxAgeSeconds: number;
}

export function createBrowserSessions(options: {
  store: BrowserSessionStore;
  tokens: SessionTokens;
  sessionDays: number;
}): BrowserSessions {
  const { store, tokens, sessionDays } = options;
  const maxAgeSeconds = Math.max(1, Math.floor((sessionDays * dayMs) / 1000));
  return {
    open({ accountId, now }) {
      const { cookieValue, tokenHash } = tokens.issue();
      const id = `session_${randomBytes(8).toString('hex')}`;
      const expiresAt = now + maxAgeSeconds * 1000;
      store.endOldest(accountId, sessionsMax - 1);
      store.insert({ id, tokenHash, accountId, createdAt: now, expiresAt });
      return { id, cookieValue, expiresAt, maxAgeSeconds };
    },
    find(cookieValue, now) {
      const tokenHash = tokens.hashOf(cookieValue);
      const session = tokenHash === null ? undefined : store.find(tokenHash);
      return session && session.expiresAt > now ? session : undefined;
    },
    end(cookieValue) {
      const tokenHash = tokens.hashOf(cookieValue);
      if (tokenHash !== null) store.end(tokenHash);
    },
    deleteExpired: (now) => void store.deleteExpired(now),
  };
}
