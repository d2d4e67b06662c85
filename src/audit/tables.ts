import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const auditEntries = sqliteTable('audit_entries', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  at: integer('at').notNull(),
  actorAccountId: text('actor_account_id'),
  actorKeyId: text('actor_key_id'),
  action: text('action').notNull(),
  subject: text('subject').notNull(),
  details: text('details', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
});

export type AuditEntry = typeof auditEntries.$inferSelect;
