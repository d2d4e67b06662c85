import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const deviceLinks = sqliteTable('device_links', {
  deviceCodeHash: text('device_code_hash').primaryKey(),
  userCodeHash: text('user_code_hash').notNull().unique(),
  /** Null: nobody has named the key yet. */
  keyLabel: text('key_label'),
  /** Of the device, for who decides. */
  clientAddress: text('client_address').notNull(),
  userAgent: text('user_agent').notNull(),
  state: text('state', { enum: ['pending', 'approved', 'denied', 'completed'] }).notNull(),
  decidedByAccountId: text('decided_by_account_id'),
  /** An API key's id or a browser session's. */
  decidedByKeyId: text('decided_by_key_id'),
  /** Grows when the device polls faster. */
  intervalSeconds: integer('interval_seconds').notNull(),
  polledAt: integer('polled_at'),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
});

export type DeviceLink = typeof deviceLinks.$inferSelect;
