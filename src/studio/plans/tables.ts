import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Caller } from '../../identity/authenticate.ts';
import type { StepQuote } from './plan.ts';

export const studioPlans = sqliteTable('studio_plans', {
  id: text('id').primaryKey(),
  accountId: text('account_id').notNull(),
  requestId: text('request_id').notNull(),
  projectId: text('project_id'),
  state: text('state', { enum: ['proposed', 'running', 'succeeded', 'failed', 'canceled'] }).notNull(),
  /** Of everything that is approved: steps, inputs and prices. */
  hash: text('hash').notNull(),
  amountMicros: integer('amount_micros').notNull(),
  listMicros: integer('list_micros').notNull(),
  approvedBy: text('approved_by', { mode: 'json' }).$type<Caller>(),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
  executedAt: integer('executed_at'),
  /** No step begins after it; the plan ends when its last job has let go. */
  cancelRequestedAt: integer('cancel_requested_at'),
  finishedAt: integer('finished_at'),
});

export const studioPlanSteps = sqliteTable('studio_plan_steps', {
  planId: text('plan_id').notNull(),
  id: text('id').notNull(),
  position: integer('position').notNull(),
  title: text('title').notNull(),
  task: text('task').notNull(),
  input: text('input', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
  dependsOn: text('depends_on', { mode: 'json' }).$type<string[]>().notNull(),
  quote: text('quote', { mode: 'json' }).$type<StepQuote>().notNull(),
  amountMicros: integer('amount_micros').notNull(),
  /** `submitted` has a job that may be at any stage; the three others but `waiting` are ends. */
  state: text('state', { enum: ['waiting', 'submitted', 'succeeded', 'failed', 'canceled'] }).notNull(),
  jobId: text('job_id'),
  /** The files of the project that its outputs were kept as. */
  assetIds: text('asset_ids', { mode: 'json' }).$type<string[]>(),
  errorCode: text('error_code'),
  errorMessage: text('error_message'),
});

export type Plan = typeof studioPlans.$inferSelect;
export type PlanStep = typeof studioPlanSteps.$inferSelect;
