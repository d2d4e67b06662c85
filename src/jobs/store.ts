import { and, asc, desc, eq, isNotNull, isNull, lt, lte, type Placeholder, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { PublishedOutput } from '../storage/publish-output.ts';
import { isTerminal, type JobStatus, type TerminalStatus } from './state.ts';
import { type Job, jobs, type NewJob, type Upstream } from './tables.ts';

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

/** A job whose outputs are still on disk, which have `bytes` together. */
export interface JobWithFiles {
  jobId: string;
  sequence: number;
  finishedAt: number;
  bytes: number;
}

interface FilesPage {
  finishedBy: number;
  /** The last one of the page before. */
  after: Pick<JobWithFiles, 'finishedAt' | 'sequence'>;
  limit: number;
}

/** What an end writes, beside the state itself. */
export interface JobEnd {
  status: TerminalStatus;
  finishedAt: number;
  expiresAt: number | null;
  outputs: PublishedOutput[] | null;
  upstream: Upstream | null;
  errorCode: string | null;
  errorMessage: string | null;
}

/** What follows the end of a job needs of it; the whole row, with its JSON, would cost as much as the end itself. */
export type EndedJob = Pick<Job, 'id' | 'accountId' | 'amountMicros' | 'webhookUrl'>;

/** Each changes a job only where it is in the state that the change starts from, and else answers undefined. */
function createTransitions(db: BetterSQLite3Database) {
  const statements = prepareTransitions(db);
  return {
    insert(job: NewJob): number {
      const values = { ...job, draft: job.draft ? 1 : 0, refunded: job.refunded ? 1 : 0 };
      const { lastInsertRowid } = statements.insert.run({
        ...values,
        effectiveInput: JSON.stringify(job.effectiveInput),
        inputAdjustments: JSON.stringify(job.inputAdjustments),
        priceBasis: JSON.stringify(job.priceBasis),
      });
      // The column `sequence` is the row's id, and within an integer's safe range.
      return Number(lastInsertRowid);
    },
    markRunning: (id: string, now: number): Job | undefined => statements.markRunning.get({ id, now }),
    /** @param attempts what counts against the job from now on */
    requeue: (id: string, attempts: number): Job | undefined => statements.requeue.get({ id, attempts }),
    /** The appliance died while it ran: back to the queue, with an interruption more and no attempt. */
    interrupt: (id: string): Job | undefined => statements.interrupt.get({ id }),
    end(id: string, from: JobStatus, end: JobEnd): EndedJob | undefined {
      const { outputs, upstream } = end;
      return statements.end.get({
        ...end,
        ...{ id, from, refunded: end.status === 'succeeded' ? 0 : 1 },
        outputs: outputs && JSON.stringify(outputs),
        upstream: upstream && JSON.stringify(upstream),
      });
    },
    markFilesRemoved: (jobId: string, at: number) =>
      db.update(jobs).set({ filesRemovedAt: at }).where(eq(jobs.id, jobId)).run(),
  };
}

function prepareTransitions(db: BetterSQLite3Database) {
  const value = (name: string) => sql`${sql.placeholder(name)}`;
  const isIn = (status: JobStatus | Placeholder) =>
    and(eq(jobs.id, sql.placeholder('id')), eq(jobs.status, status));
  return {
    insert: db.insert(jobs).values(newJobPlaceholders()).prepare(),
    markRunning: db
      .update(jobs)
      .set({
        status: 'running',
        attempts: sql`${jobs.attempts} + 1`,
        startedAt: value('now'),
      })
      .where(isIn('queued'))
      .returning()
      .prepare(),
    requeue: db
      .update(jobs)
      .set({ status: 'queued', attempts: value('attempts'), startedAt: null })
      .where(isIn('running'))
      .returning()
      .prepare(),
    interrupt: db
      .update(jobs)
      .set({
        status: 'queued',
        attempts: sql`${jobs.attempts} - 1`,
        interruptions: sql`${jobs.interruptions} + 1`,
        startedAt: null,
      })
      .where(isIn('running'))
      .returning()
      .prepare(),
    end: db
      .update(jobs)
      .set({
        status: value('status'),
        finishedAt: value('finishedAt'),
        expiresAt: value('expiresAt'),
        outputs: value('outputs'),
        upstream: value('upstream'),
        refunded: value('refunded'),
        errorCode: value('errorCode'),
        errorMessage: value('errorMessage'),
      })
      .where(isIn(sql.placeholder('from')))
      .returning({
        id: jobs.id,
        accountId: jobs.accountId,
        amountMicros: jobs.amountMicros,
        webhookUrl: jobs.webhookUrl,
      })
      .prepare(),
  };
}

function createReads(db: BetterSQLite3Database) {
  const byId = db
    .select()
    .from(jobs)
    .where(eq(jobs.id, sql.placeholder('id')))
    .prepare();
  const isJob = eq(jobs.id, sql.placeholder('id'));
  const statusById = db.select({ status: jobs.status }).from(jobs).where(isJob).prepare();
  const withFiles = prepareWithFiles(db);
  return {
    find: (jobId: string): Job | undefined => byId.get({ id: jobId }),
    statusOf: (jobId: string): JobStatus | undefined => statusById.get({ id: jobId })?.status,
    open: (): Job[] =>
      // Words and no parameters: only then does SQLite see that the index of open jobs has them all.
      db
        .select()
        .from(jobs)
        .where(sql`${jobs.status} IN ('queued', 'running')`)
        .orderBy(asc(jobs.sequence))
        .all(),
    list: (accountId: string, filter: JobFilter, limit: number): Job[] =>
      db
        .select()
        .from(jobs)
        .where(
          and(
            filter.status === undefined ? eq(jobs.accountId, accountId) : inState(accountId, filter.status),
            filter.task === undefined ? undefined : eq(jobs.task, filter.task),
            filter.beforeSequence === undefined ? undefined : lt(jobs.sequence, filter.beforeSequence),
          ),
        )
        .orderBy(desc(jobs.sequence))
        .limit(limit)
        .all(),
    idsWithFiles: (): Set<string> => {
      const rows = db.select({ id: jobs.id }).from(jobs).where(hasFiles).all();
      return new Set(rows.map(({ id }) => id));
    },
    /** Jobs whose outputs are still on disk and that ended by `finishedBy`, oldest first, from `after` on. */
    withFiles: (page: FilesPage): JobWithFiles[] => withFiles.all({ ...page, ...page.after }),
  };
}

/**
 * In the terms of the partial indexes: `jobs_account_ended`, and `jobs_open`, where the plus keeps SQLite from going
 * through all jobs of the account instead.
 */
function inState(accountId: string, status: JobStatus) {
  if (isTerminal(status)) {
    return and(eq(jobs.accountId, accountId), eq(jobs.status, status), isNotNull(jobs.finishedAt));
  }
  const isOpen = sql`${jobs.status} IN ('queued', 'running')`;
  return and(sql`+${jobs.accountId} = ${accountId}`, eq(jobs.status, status), isOpen);
}

/** As the index `jobs_with_files` has it, whose order is that of the pages. */
const hasFiles = and(isNotNull(jobs.outputs), isNull(jobs.filesRemovedAt));

function prepareWithFiles(db: BetterSQLite3Database) {
  const place = sql`(${jobs.finishedAt}, ${jobs.sequence})`;
  const bytes = sql<number>`(SELECT coalesce(sum(value ->> 'bytes'), 0) FROM json_each(${jobs.outputs}))`;
  return db
    .select({
      jobId: jobs.id,
      sequence: jobs.sequence,
      finishedAt: sql<number>`${jobs.finishedAt}`,
      bytes,
    })
    .from(jobs)
    .where(
      and(
        hasFiles,
        lte(jobs.finishedAt, sql.placeholder('finishedBy')),
        sql`${place} > (${sql.placeholder('finishedAt')}, ${sql.placeholder('sequence')})`,
      ),
    )
    .orderBy(asc(jobs.finishedAt), asc(jobs.sequence))
    .limit(sql.placeholder('limit'))
    .prepare();
}

/** Values of a prepared insert. JSON columns take text: a placeholder passes by their encoder. */
function newJobPlaceholders() {
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
    interruptions: value('interruptions'),
    effectiveInput: value('effectiveInput'),
    inputAdjustments: value('inputAdjustments'),
    listMicros: value('listMicros'),
    amountMicros: value('amountMicros'),
    refunded: value('refunded'),
    priceBasis: value('priceBasis'),
    workloadUnits: value('workloadUnits'),
    webhookUrl: value('webhookUrl'),
    origin: value('origin'),
    createdAt: value('createdAt'),
    startedAt: value('startedAt'),
  };
}
