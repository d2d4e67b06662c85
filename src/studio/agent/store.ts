import { eq } from 'drizzle-orm';
import type { OpenDatabase } from '../../db/open.ts';
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
    planning: (): AgentRequest[] =>
      db.select().from(studioRequests).where(eq(studioRequests.state, 'planning')).all(),
  };
}
