import { desc, eq, inArray, lte, sql } from 'drizzle-orm';
import type { OpenDatabase } from '../../db/open.ts';
import { accounts } from '../tables.ts';
import { type BrowserSession, browserSessions } from './tables.ts';

/** Queries on browser sessions. Writing ones are called inside `Writer.write`. */
export type BrowserSessionStore = ReturnType<typeof createBrowserSessionStore>;

export function createBrowserSessionStore({ db }: Pick<OpenDatabase, 'db'>) {
  const byHash = db
    .select({
      id: browserSessions.id,
      accountId: browserSessions.accountId,
      expiresAt: browserSessions.expiresAt,
      role: accounts.role,
      name: accounts.name,
      email: accounts.email,
      disabledAt: accounts.disabledAt,
    })
    .from(browserSessions)
    .innerJoin(accounts, eq(accounts.id, browserSessions.accountId))
    .where(eq(browserSessions.tokenHash, sql.placeholder('tokenHash')))
    .prepare();
  return {
    /** With what its account may do now: read anew for each request, so that nothing outlives a change. */
    find: (tokenHash: string) => byHash.get({ tokenHash }),
    insert: (session: BrowserSession) => db.insert(browserSessions).values(session).run(),
    end: (tokenHash: string) =>
      db.delete(browserSessions).where(eq(browserSessions.tokenHash, tokenHash)).run(),
    /** Ends all of an account's but the `kept` newest. */
    endOldest(accountId: string, kept: number) {
      const oldest = db
        .select({ id: browserSessions.id })
        .from(browserSessions)
        .where(eq(browserSessions.accountId, accountId))
        .orderBy(desc(browserSessions.createdAt), desc(browserSessions.id))
        .limit(Number.MAX_SAFE_INTEGER)
        .offset(kept);
      db.delete(browserSessions).where(inArray(browserSessions.id, oldest)).run();
    },
    deleteExpired: (now: number) =>
      db.delete(browserSessions).where(lte(browserSessions.expiresAt, now)).run(),
  };
}
