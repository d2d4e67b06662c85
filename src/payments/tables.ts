import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const purchases = sqliteTable('purchases', {
  id: text('id').primaryKey(),
  accountId: text('account_id').notNull(),
  provider: text('provider', { enum: ['stripe', 'coinbase', 'x402'] }).notNull(),
  /** The provider's own id of the checkout or payment; null until it has answered. */
  providerId: text('provider_id'),
  /** The provider's id of the payment itself, where that is another than the checkout's. */
  paymentId: text('payment_id'),
  /** Tells a client's repetition of a request whose answer from the provider is still missing. */
  requestSha256: text('request_sha256'),
  packageCode: text('package_code'),
  priceUsdCents: integer('price_usd_cents').notNull(),
  creditMicros: integer('credit_micros').notNull(),
  /** Who earns a commission by it. */
  affiliateId: text('affiliate_id'),
  state: text('state', { enum: ['open', 'settled', 'closed'] }).notNull(),
  closedReason: text('closed_reason'),
  checkoutUrl: text('checkout_url'),
  refundedUsdCents: integer('refunded_usd_cents').notNull().default(0),
  disputedUsdCents: integer('disputed_usd_cents').notNull().default(0),
  /** How much of the credit has been taken back, spent or not. */
  reversedMicros: integer('reversed_micros').notNull().default(0),
  /** How much of that had been spent, so that it is our loss. */
  lostMicros: integer('lost_micros').notNull().default(0),
  /** How often credit was taken or given back: numbers the transfers. */
  adjustments: integer('adjustments').notNull().default(0),
  createdAt: integer('created_at').notNull(),
  settledAt: integer('settled_at'),
  closedAt: integer('closed_at'),
  /** When the provider was last asked about it without need. */
  checkedAt: integer('checked_at'),
});

export const paymentEvents = sqliteTable('payment_events', {
  provider: text('provider').notNull(),
  eventId: text('event_id').notNull(),
  type: text('type').notNull(),
  receivedAt: integer('received_at').notNull(),
});

export type Purchase = typeof purchases.$inferSelect;
export type Provider = Purchase['provider'];
