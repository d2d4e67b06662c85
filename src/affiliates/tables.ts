import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const affiliates = sqliteTable('affiliates', {
  /** Order of application; the cursor of lists. */
  sequence: integer('sequence').primaryKey({ autoIncrement: true }),
  id: text('id').notNull().unique(),
  accountId: text('account_id').notNull().unique(),
  state: text('state', { enum: ['pending', 'active', 'rejected', 'suspended'] }).notNull(),
  /** Of the operator's last decision. */
  reason: text('reason'),
  /** In upper case; null until it is first asked for. */
  code: text('code').unique(),
  displayName: text('display_name').notNull(),
  websiteUrl: text('website_url'),
  payoutMethod: text('payout_method', { enum: ['paypal', 'bank_transfer', 'crypto', 'other'] }),
  payoutDetails: text('payout_details'),
  /** Commissions that were taken back after they had been paid out: what comes next pays for them. */
  owedMicros: integer('owed_micros').notNull().default(0),
  appliedAt: integer('applied_at').notNull(),
  decidedAt: integer('decided_at'),
});

export const affiliateBindings = sqliteTable('affiliate_bindings', {
  accountId: text('account_id').primaryKey(),
  affiliateId: text('affiliate_id').notNull(),
  boundAt: integer('bound_at').notNull(),
});

export const commissions = sqliteTable('commissions', {
  sequence: integer('sequence').primaryKey({ autoIncrement: true }),
  id: text('id').notNull().unique(),
  purchaseId: text('purchase_id').notNull().unique(),
  affiliateId: text('affiliate_id').notNull(),
  /** While nothing of the purchase is refunded or in dispute. */
  earnedMicros: integer('earned_micros').notNull(),
  /** How much of that is taken back by now. */
  reversedMicros: integer('reversed_micros').notNull().default(0),
  /** How often it was taken back or given back: numbers the transfers. */
  adjustments: integer('adjustments').notNull().default(0),
  earnedAt: integer('earned_at').notNull(),
  releaseAt: integer('release_at').notNull(),
  releasedAt: integer('released_at'),
});

export const payoutRequests = sqliteTable('payout_requests', {
  sequence: integer('sequence').primaryKey({ autoIncrement: true }),
  id: text('id').notNull().unique(),
  affiliateId: text('affiliate_id').notNull(),
  amountMicros: integer('amount_micros').notNull(),
  state: text('state', { enum: ['requested', 'approved', 'paid', 'rejected'] }).notNull(),
  payoutMethod: text('payout_method', { enum: ['paypal', 'bank_transfer', 'crypto', 'other'] }).notNull(),
  payoutDetails: text('payout_details').notNull(),
  reason: text('reason'),
  /** How the operator finds the payment again: a bank's or PayPal's number of it. */
  externalReference: text('external_reference'),
  requestedAt: integer('requested_at').notNull(),
  approvedAt: integer('approved_at'),
  closedAt: integer('closed_at'),
});

export type Affiliate = typeof affiliates.$inferSelect;
export type Commission = typeof commissions.$inferSelect;
export type PayoutRequest = typeof payoutRequests.$inferSelect;
export type AffiliateState = Affiliate['state'];
export type PayoutState = PayoutRequest['state'];
