import { integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { priorities } from '../scheduler/model.ts';
import type { PublishedOutput } from '../storage/publish-output.ts';
import type { InputAdjustment } from '../tasks/task.ts';
import { jobStatuses } from './state.ts';

/** `ffmpeg` does the real work on every profile; `embedded` makes drafts; `gpu` runs the real models. */
const engineKinds = ['embedded', 'gpu', 'ffmpeg'] as const;
export type EngineKind = (typeof engineKinds)[number];

/** What the runner said of its result, for `includeDetails=1`. */
export interface Upstream {
  runner: { name: string; version: string };
  metadata: Record<string, unknown>;
  measurements: Record<string, number>;
}

export const jobs = sqliteTable('jobs', {
  /** Submit order; the cursor of lists. */
  sequence: integer('sequence').primaryKey({ autoIncrement: true }),
  id: text('id').notNull().unique(),
  accountId: text('account_id').notNull(),
  task: text('task').notNull(),
  engine: text('engine', { enum: engineKinds }).notNull(),
  model: text('model').notNull(),
  draft: integer('draft', { mode: 'boolean' }).notNull(),
  status: text('status', { enum: jobStatuses }).notNull(),
  priority: text('priority', { enum: priorities }).notNull(),
  attempts: integer('attempts').notNull(),
  /** How often the appliance died while it ran. */
  interruptions: integer('interruptions').notNull(),
  effectiveInput: text('effective_input', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
  inputAdjustments: text('input_adjustments', { mode: 'json' }).$type<InputAdjustment[]>().notNull(),
  listMicros: integer('list_micros').notNull(),
  amountMicros: integer('amount_micros').notNull(),
  refunded: integer('refunded', { mode: 'boolean' }).notNull(),
  priceBasis: text('price_basis', { mode: 'json' }).$type<string[]>().notNull(),
  workloadUnits: real('workload_units').notNull(),
  webhookUrl: text('webhook_url'),
  /** Base of the URLs handed out for it: where its client reached the appliance. */
  origin: text('origin').notNull(),
  createdAt: integer('created_at').notNull(),
  startedAt: integer('started_at'),
  finishedAt: integer('finished_at'),
  /** Until when the outputs are promised. */
  expiresAt: integer('expires_at'),
  filesRemovedAt: integer('files_removed_at'),
  outputs: text('outputs', { mode: 'json' }).$type<PublishedOutput[]>(),
  upstream: text('upstream', { mode: 'json' }).$type<Upstream>(),
  errorCode: text('error_code'),
  errorMessage: text('error_message'),
});

export type Job = typeof jobs.$inferSelect;
export type NewJob = Omit<Job, 'sequence'>;
