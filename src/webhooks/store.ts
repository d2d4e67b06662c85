import { and, asc, eq, gt, isNotNull, isNull, lt, lte, notInArray, or, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { type WebhookDelivery, webhookDeliveries as deliveries } from './tables.ts';

export type WebhookStore = ReturnType<typeof createWebhookStore>;

export function createWebhookStore(db: BetterSQLite3Database) {
  const insert = db
    .insert(deliveries)
    .values({
      id: sql.placeholder('id'),
      accountId: sql.placeholder('accountId'),
      url: sql.placeholder('url'),
      body: sql.placeholder('body'),
      attempts: sql.placeholder('attempts'),
      createdAt: sql.placeholder('createdAt'),
      nextAttemptAt: sql.placeholder('nextAttemptAt'),
      deliveredAt: sql.placeholder('deliveredAt'),
      abandonedAt: sql.placeholder('abandonedAt'),
      lastError: sql.placeholder('lastError'),
    })
    .prepare();
  return {
    insert: (delivery: WebhookDelivery) => insert.run(delivery),
    /**
     * The delivery that has been due longest, apart from those named and those of the accounts named. One that
     * is due after `latest` is due now: no pause is that long, so the clock was set back since.
     */
    firstDue: (question: {
      now: number;
      latest: number;
      exceptIds: string[];
      exceptAccountIds: string[];
    }): WebhookDelivery | undefined =>
      db
        .select()
        .from(deliveries)
        .where(
          and(
            or(lte(deliveries.nextAttemptAt, question.now), gt(deliveries.nextAttemptAt, question.latest)),
            notInArray(deliveries.id, question.exceptIds),
            notInArray(deliveries.accountId, question.exceptAccountIds),
          ),
        )
        .orderBy(asc(deliveries.nextAttemptAt))
        .limit(1)
        .get(),
    /** When the first of the open deliveries is (or was) due, apart from those named. */
    firstDueAt: (exceptIds: string[]): number | null =>
      db
        .select({ at: deliveries.nextAttemptAt })
        .from(deliveries)
        .where(and(isNotNull(deliveries.nextAttemptAt), notInArray(deliveries.id, exceptIds)))
        .orderBy(asc(deliveries.nextAttemptAt))
        .limit(1)
        .get()?.at ?? null,
    update: (id: string, changes: Partial<Omit<WebhookDelivery, 'id'>>) =>
      db.update(deliveries).set(changes).where(eq(deliveries.id, id)).run(),
    deleteSettledBefore: (time: number) =>
      db
        .delete(deliveries)
        .where(and(isNull(deliveries.nextAttemptAt), lt(deliveries.createdAt, time)))
        .run(),
  };
}
