import { and, asc, desc, eq, inArray, isNotNull, isNull, lt, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { JobStatus } from './state.ts';
import { type Job, jobs, type NewJob } from './tables.ts';

export type JobStore = ReturnType<typeof createJobStore>;

/** Queries on jobs. Writing ones are called inside `Writer.write`. */
export function createJobStore(db: BetterSQLite3Database) {
  return { ...createTransitions(db), ...createReads(db) };
}

/** What a list may be narrowed by. */
export interface JobFilter {
  status?: JobStatus;
  task?: string;
  /** Only jobs submitted before the one with this sequence. */
  beforeSequence?: number;
}

function createTransitions(db: BetterSQLite3Database) {
  const id = sql.placeholder('id');
  const insert = db.insert(jobs).values(placeholders()).returning({ sequence: jobs.sequence }).prepare();
  const markRunning = db
    .update(jobs)
    .set({
      status: 'running',
      attempts: sql`${jobs.attempts} + 1`,
      startedAt: sql`coalesce(${jobs.startedAt}, ${sql.placeholder('now')})`,
    })
    .where(and(eq(jobs.id, id), eq(jobs.status, 'queued')))
    .returning()
    .prepare();

  return {
    insert(job: NewJob): number {
      const values = { ...job, draft: job.draft ? 1 : 0, refunded: job.refunded ? 1 : 0 };
      return insert.get({
        ...values,
        effectiveInput: JSON.stringify(job.effectiveInput),
        inputAdjustments: JSON.stringify(job.inputAdjustments),
        priceBasis: JSON.stringify(job.priceBasis),
      }).sequence;
    },
    /** Undefined where the job isn't queued (any more). */
    markRunning: (jobId: string, now: number): Job | undefined => markRunning.get({ id: jobId, now }),
    /** Changes a job that is in one of the states `from`; undefined where it isn't. */
    change: (jobId: string, from: readonly JobStatus[], changes: Partial<NewJob>): Job | undefined =>
      db
        .update(jobs)
        .set(changes)
        .where(and(eq(jobs.id, jobId), inArray(jobs.status, [...from])))
        .returning()
        .get(),
    markFilesRemoved: (jobId: string, at: number) =>
      db.update(jobs).set({ filesRemovedAt: at }).where(eq(jobs.id, jobId)).run(),
  };
}

function createReads(db: BetterSQLite3Database) {
  const byId = db
    .select()
    .from(jobs)
    .where(eq(jobs.id, sql.placeholder('id')))
    .prepare();
  return {
    find: (jobId: string): Job | undefined => byId.get({ id: jobId }),
    open: (): Job[] =>
      db
        .select()
        .from(jobs)
        .where(inArray(jobs.status, ['queued', 'running']))
        .orderBy(asc(jobs.sequence))
        .all(),
    list: (accountId: string, filter: JobFilter, limit: number): Job[] =>
      db
        .select()
        .from(jobs)
        .where(
          and(
            eq(jobs.accountId, accountId),
            filter.status === undefined ? undefined : eq(jobs.status, filter.status),
            filter.task === undefined ? undefined : eq(jobs.task, filter.task),
            filter.beforeSequence === undefined ? undefined : lt(jobs.sequence, filter.beforeSequence),
          ),
        )
        .orderBy(desc(jobs.sequence))
        .limit(limit)
        .all(),
    /** Jobs whose outputs are still on disk, oldest first. */
    withFiles: () =>
      db
        .select({ jobId: jobs.id, finishedAt: jobs.finishedAt, outputs: jobs.outputs })
        .from(jobs)
        .where(and(isNotNull(jobs.outputs), isNull(jobs.filesRemovedAt)))
        .orderBy(asc(jobs.finishedAt))
        .all()
        .map(({ jobId, finishedAt, outputs }) => ({
          jobId,
          finishedAt: finishedAt ?? 0,
          bytes: (outputs ?? []).reduce((sum, output) => sum + output.bytes, 0),
        })),
  };
}

/** Values of a prepared insert. JSON columns take text: a placeholder passes by their encoder. */
function placeholders() {
  const value = (name: keyof NewJob) => sql`${sql.placeholder(name)}`;
  return {
    id: value('id'),
    accountId: value('accountId'),
    task: value('task'),
    engine: value('engine'),
    model: value('model'),
    draft: value('draft'),
    status: value('status'),
    priority: value('priority'),
    attempts: value('attempts'),
    effectiveInput: value('effectiveInput'),
    inputAdjustments: value('inputAdjustments'),
    listMicros: value('listMicros'),
    amountMicros: value('amountMicros'),
    refunded: value('refunded'),
    priceBasis: value('priceBasis'),
    workloadUnits: value('workloadUnits'),
    webhookUrl: value('webhookUrl'),
    createdAt: value('createdAt'),
  };
}
