import { and, desc, eq, sql } from 'drizzle-orm';
import type { OpenDatabase } from '../../db/open.ts';
import type { Place } from '../newest-first.ts';
import { type AgentRequest, studioRequests } from './tables.ts';

/** Queries on what the agent was asked. Writing ones are called inside `Writer.write`. */
export type RequestStore = ReturnType<typeof createRequestStore>;

export function createRequestStore({ db }: Pick<OpenDatabase, 'db'>) {
  return {
    insert: (request: AgentRequest) => db.insert(studioRequests).values(request).run(),
    update: (id: string, changes: Partial<AgentRequest>) =>
      db.update(studioRequests).set(changes).where(eq(studioRequests.id, id)).run(),
    find: (id: string): AgentRequest | undefined =>
      db.select().from(studioRequests).where(eq(studioRequests.id, id)).get(),
    /** Newest first. */
    ofThread: (threadId: string, page: { before: Place | undefined; limit: number }): AgentRequest[] =>
      db
        .select()
        .from(studioRequests)
        .where(
          and(
            eq(studioRequests.threadId, threadId),
            page.before === undefined
              ? undefined
              : sql`(${studioRequests.createdAt}, ${studioRequests.id}) < (${page.before.at}, ${page.before.id})`,
          ),
        )
        .orderBy(desc(studioRequests.createdAt), desc(studioRequests.id))
        .limit(page.limit)
        .all(),
    planning: (): AgentRequest[] =>
      db.select().from(studioRequests).where(eq(studioRequests.state, 'planning')).all(),
  };
}
