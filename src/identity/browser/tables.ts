import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const browserSessions = sqliteTable('browser_sessions', {
  id: text('id').primaryKey(),
  tokenHash: text('token_hash').notNull().unique(),
  accountId: text('account_id').notNull(),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
});

export type BrowserSession = typeof browserSessions.$inferSelect;
