import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const cappedJobs = sqliteTable('capped_jobs', {
  keyId: text('key_id').notNull(),
  createdAt: integer('created_at').notNull(),
  jobId: text('job_id').notNull(),
});
