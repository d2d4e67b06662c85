import { and, count, desc, eq, isNotNull, isNull, lt, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { OpenDatabase } from '../../db/open.ts';
import type { Place } from '../newest-first.ts';
import {
  type Message,
  type Project,
  studioMessages,
  studioProjects,
  studioSettings,
  type StudioSettings,
  studioThreads,
  type Thread,
} from './tables.ts';

/** Queries on projects, threads, messages and settings. Writing ones are called inside `Writer.write`. */
export type WorkspaceStore = ReturnType<typeof createWorkspaceStore>;

export function createWorkspaceStore({ db }: Pick<OpenDatabase, 'db'>) {
  return { ...projectQueries(db), ...threadQueries(db), ...settingsQueries(db) };
}

function projectQueries(db: BetterSQLite3Database) {
  return {
    insertProject: (project: Project) => db.insert(studioProjects).values(project).run(),
    updateProject: (id: string, changes: Partial<Project>) =>
      db.update(studioProjects).set(changes).where(eq(studioProjects.id, id)).run(),
    project: (id: string): Project | undefined =>
      db.select().from(studioProjects).where(eq(studioProjects.id, id)).get(),
    projectCount: (accountId: string): number =>
      db.select({ count: count() }).from(studioProjects).where(eq(studioProjects.accountId, accountId)).get()
        ?.count ?? 0,
    /** The last changed first. */
    projectsOf: (
      accountId: string,
      filter: { archived: boolean; before?: Place; limit: number },
    ): Project[] =>
      db
        .select()
        .from(studioProjects)
        .where(
          and(
            eq(studioProjects.accountId, accountId),
            (filter.archived ? isNotNull : isNull)(studioProjects.archivedAt),
            filter.before === undefined
              ? undefined
              : sql`(${studioProjects.updatedAt}, ${studioProjects.id}) < (${filter.before.at}, ${filter.before.id})`,
          ),
        )
        .orderBy(desc(studioProjects.updatedAt), desc(studioProjects.id))
        .limit(filter.limit)
        .all(),
  };
}

function threadQueries(db: BetterSQLite3Database) {
  return {
    insertThread: (thread: Thread) => db.insert(studioThreads).values(thread).run(),
    updateThread: (id: string, changes: Partial<Thread>) =>
      db.update(studioThreads).set(changes).where(eq(studioThreads.id, id)).run(),
    thread: (id: string): Thread | undefined =>
      db.select().from(studioThreads).where(eq(studioThreads.id, id)).get(),
    /** The last spoken in first. */
    threadsOf: (projectId: string, limit: number): Thread[] =>
      db
        .select()
        .from(studioThreads)
        .where(eq(studioThreads.projectId, projectId))
        .orderBy(desc(studioThreads.updatedAt), desc(studioThreads.id))
        .limit(limit)
        .all(),
    insertMessage: (message: Omit<Message, 'id'>) => db.insert(studioMessages).values(message).run(),
    /** The newest, newest first. @param page.before only those before the message with this id */
    messagesOf: (threadId: string, page: { before?: number; limit: number }): Message[] =>
      db
        .select()
        .from(studioMessages)
        .where(
          and(
            eq(studioMessages.threadId, threadId),
            page.before === undefined ? undefined : lt(studioMessages.id, page.before),
          ),
        )
        .orderBy(desc(studioMessages.id))
        .limit(page.limit)
        .all(),
  };
}

function settingsQueries(db: BetterSQLite3Database) {
  return {
    settings: (accountId: string): StudioSettings | undefined =>
      db.select().from(studioSettings).where(eq(studioSettings.accountId, accountId)).get(),
    saveSettings: (settings: StudioSettings) =>
      db
        .insert(studioSettings)
        .values(settings)
        .onConflictDoUpdate({ target: studioSettings.accountId, set: settings })
        .run(),
  };
}
