import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** One row an address: a new code takes the place of the old one, which so is dead. */
export const emailCodes = sqliteTable('email_codes', {
  /** In lower case. */
  email: text('email').primaryKey(),
  challengeId: text('challenge_id').notNull().unique(),
  /** See `createCodeHash`. */
  codeHash: text('code_hash').notNull(),
  attemptsLeft: integer('attempts_left').notNull(),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
});

export type EmailCode = typeof emailCodes.$inferSelect;
