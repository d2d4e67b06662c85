import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const accounts = sqliteTable('accounts', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  role: text('role', { enum: ['admin', 'user'] }).notNull(),
  webhookSecret: text('webhook_secret').notNull(),
  createdAt: integer('created_at').notNull(),
  disabledAt: integer('disabled_at'),
  disabledReason: text('disabled_reason'),
  /** Proved by whoever signed in with it last; null for accounts that an operator opened. */
  email: text('email'),
});

/** Who may sign in to which account: Google's users by `sub`, e-mail addresses under the issuer `email`. */
export const identities = sqliteTable('identities', {
  issuer: text('issuer').notNull(),
  subject: text('subject').notNull(),
  accountId: text('account_id').notNull(),
  email: text('email').notNull(),
  createdAt: integer('created_at').notNull(),
});

export const apiKeys = sqliteTable('api_keys', {
  id: text('id').primaryKey(),
  accountId: text('account_id').notNull(),
  role: text('role', { enum: ['admin', 'user'] }).notNull(),
  keyHash: text('key_hash').notNull().unique(),
  keyPrefix: text('key_prefix').notNull(),
  label: text('label').notNull(),
  createdAt: integer('created_at').notNull(),
  lastUsedAt: integer('last_used_at'),
  revokedAt: integer('revoked_at'),
  /** Null: all. */
  allowedTasks: text('allowed_tasks', { mode: 'json' }).$type<string[]>(),
  /** Of a UTC day; null: no cap but the balance. */
  spendCapMicrosPerDay: integer('spend_cap_micros_per_day'),
});

export type Role = 'admin' | 'user';
export type Account = typeof accounts.$inferSelect;
export type ApiKey = typeof apiKeys.$inferSelect;
export type Identity = typeof identities.$inferSelect;
