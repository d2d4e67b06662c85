import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const studioRequests = sqliteTable('studio_requests', {
  id: text('id').primaryKey(),
  accountId: text('account_id').notNull(),
  threadId: text('thread_id').notNull(),
  projectId: text('project_id').notNull(),
  message: text('message').notNull(),
  assetIds: text('asset_ids', { mode: 'json' }).$type<string[]>().notNull(),
  /** `answered` has a reply; what its plan does, if there is one, the plan tells. */
  state: text('state', { enum: ['planning', 'answered', 'failed'] }).notNull(),
  planner: text('planner'),
  reply: text('reply'),
  errorCode: text('error_code'),
  errorMessage: text('error_message'),
  /** How its plan had ended when it was deleted: an offer that nobody took. */
  deletedPlan: text('deleted_plan', { enum: ['expired', 'canceled'] }),
  createdAt: integer('created_at').notNull(),
  answeredAt: integer('answered_at'),
});

export type AgentRequest = typeof studioRequests.$inferSelect;
