import { asc, eq, isNotNull, isNull, lt, lte, and, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { type WebhookDelivery, webhookDeliveries as deliveries } from './tables.ts';

export type WebhookStore = ReturnType<typeof createWebhookStore>;

export function createWebhookStore(db: BetterSQLite3Database) {
  const due = db
    .select()
    .from(deliveries)
    .where(lte(deliveries.nextAttemptAt, sql.placeholder('now')))
    .orderBy(asc(deliveries.nextAttemptAt))
    .limit(sql.placeholder('limit'))
    .prepare();
  const next = db
    .select({ at: deliveries.nextAttemptAt })
    .from(deliveries)
    .where(isNotNull(deliveries.nextAttemptAt))
    .orderBy(asc(deliveries.nextAttemptAt))
    .limit(1)
    .prepare();
  return {
    insert: (delivery: WebhookDelivery) => db.insert(deliveries).values(delivery).run(),
    due: (now: number, limit: number): WebhookDelivery[] => due.all({ now, limit }),
    nextDueAt: (): number | null => next.get()?.at ?? null,
    update: (id: string, changes: Partial<Omit<WebhookDelivery, 'id'>>) =>
      db.update(deliveries).set(changes).where(eq(deliveries.id, id)).run(),
    deleteSettledBefore: (time: number) =>
      db
        .delete(deliveries)
        .where(and(isNull(deliveries.nextAttemptAt), lt(deliveries.createdAt, time)))
        .run(),
  };
}
