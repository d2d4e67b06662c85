import { and, eq, gte, sql } from 'drizzle-orm';
import type { OpenDatabase } from '../../db/open.ts';
import { jobs } from '../tables.ts';
import { cappedJobs } from './tables.ts';

/** Which jobs came by keys with a cap. */
export interface KeySpendingStore {
  /** Called inside `Writer.write`. */
  insert(job: { keyId: string; jobId: string; createdAt: number }): void;
  /** What the key has spent on jobs since then that were not refunded. */
  spentMicros(keyId: string, since: number): number;
}

export function createKeySpendingStore({ db }: Pick<OpenDatabase, 'db'>): KeySpendingStore {
  return {
    insert(job) {
      db.insert(cappedJobs).values(job).run();
    },
    spentMicros(keyId, since) {
      const spent = db
        .select({ micros: sql<number>`coalesce(sum(${jobs.amountMicros}), 0)` })
        .from(cappedJobs)
        .innerJoin(jobs, eq(jobs.id, cappedJobs.jobId))
        .where(and(eq(cappedJobs.keyId, keyId), gte(cappedJobs.createdAt, since), eq(jobs.refunded, false)))
        .get();
      return spent?.micros ?? 0;
    },
  };
}
