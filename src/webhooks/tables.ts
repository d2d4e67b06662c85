import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** The outbox: written in the transaction that ends a job, sent afterwards, as often as it takes. */
export const webhookDeliveries = sqliteTable('webhook_deliveries', {
  id: text('id').primaryKey(),
  accountId: text('account_id').notNull(),
  url: text('url').notNull(),
  body: text('body').notNull(),
  attempts: integer('attempts').notNull().default(0),
  createdAt: integer('created_at').notNull(),
  nextAttemptAt: integer('next_attempt_at'),
  deliveredAt: integer('delivered_at'),
  abandonedAt: integer('abandoned_at'),
  lastError: text('last_error'),
});
export type WebhookDelivery = typeof webhookDeliveries.$inferSelect;
