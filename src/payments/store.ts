import { and, desc, eq, lt } from 'drizzle-orm';
import type { OpenDatabase } from '../db/open.ts';
import { paymentEvents, type Provider, type Purchase, purchases } from './tables.ts';

/** Queries on purchases. Writing ones are called inside `Writer.write`. */
export type PurchaseStore = ReturnType<typeof createPurchaseStore>;

export function createPurchaseStore({ db }: Pick<OpenDatabase, 'db'>) {
  return {
    insert: (purchase: Purchase) => db.insert(purchases).values(purchase).run(),
    update: (id: string, changes: Partial<Purchase>) =>
      db.update(purchases).set(changes).where(eq(purchases.id, id)).run(),
    find: (id: string): Purchase | undefined => db.select().from(purchases).where(eq(purchases.id, id)).get(),
    findByProviderId: (provider: Provider, providerId: string): Purchase | undefined =>
      db
        .select()
        .from(purchases)
        .where(and(eq(purchases.provider, provider), eq(purchases.providerId, providerId)))
        .get(),
    /** Newest first. @param filter.accountId of one account, else of all */
    list: (filter: { accountId?: string; before?: number; limit: number }): Purchase[] =>
      db
        .select()
        .from(purchases)
        .where(
          and(
            filter.accountId === undefined ? undefined : eq(purchases.accountId, filter.accountId),
            filter.before === undefined ? undefined : lt(purchases.createdAt, filter.before),
          ),
        )
        .orderBy(desc(purchases.createdAt), desc(purchases.id))
        .limit(filter.limit)
        .all(),
    /** @returns whether the event is new */
    insertEvent: (event: {
      provider: Provider;
      eventId: string;
      type: string;
      receivedAt: number;
    }): boolean => db.insert(paymentEvents).values(event).onConflictDoNothing().run().changes === 1,
  };
}
