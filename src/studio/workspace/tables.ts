import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const studioProjects = sqliteTable('studio_projects', {
  id: text('id').primaryKey(),
  accountId: text('account_id').notNull(),
  name: text('name').notNull(),
  description: text('description').notNull(),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
  archivedAt: integer('archived_at'),
});

export const studioThreads = sqliteTable('studio_threads', {
  id: text('id').primaryKey(),
  accountId: text('account_id').notNull(),
  projectId: text('project_id').notNull(),
  title: text('title').notNull(),
  createdAt: integer('created_at').notNull(),
  /** Of its last message too. */
  updatedAt: integer('updated_at').notNull(),
});

export const studioMessages = sqliteTable('studio_messages', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  threadId: text('thread_id').notNull(),
  /** The request of the agent that it belongs to. */
  requestId: text('request_id').notNull(),
  role: text('role', { enum: ['user', 'assistant'] }).notNull(),
  text: text('text').notNull(),
  createdAt: integer('created_at').notNull(),
});

export const studioSettings = sqliteTable('studio_settings', {
  accountId: text('account_id').primaryKey(),
  activeProjectId: text('active_project_id'),
  activeThreadId: text('active_thread_id'),
  /** What the planner is told beside every message, such as a house style. */
  instructions: text('instructions').notNull(),
  /** Whether a plan that costs nothing runs without being asked for. */
  runFreePlans: integer('run_free_plans', { mode: 'boolean' }).notNull(),
  updatedAt: integer('updated_at').notNull(),
});

export type Project = typeof studioProjects.$inferSelect;
export type Thread = typeof studioThreads.$inferSelect;
export type Message = typeof studioMessages.$inferSelect;
export type StudioSettings = typeof studioSettings.$inferSelect;
