import { and, asc, desc, eq, gt, isNotNull, isNull, lt, ne, or, sql } from 'drizzle-orm';
import type { OpenDatabase } from '../db/open.ts';
import { paymentEvents, type Provider, type Purchase, purchases } from './tables.ts';

/** A provider's message, as it is remembered. */
interface PaymentEvent {
  provider: Provider;
  eventId: string;
  type: string;
  receivedAt: number;
}

/** What a list may be narrowed by. */
export interface PurchaseFilter {
  /** Of one account, else of all. */
  accountId?: string;
  state?: Purchase['state'];
  /** Only those older than this one. */
  before?: Pick<Purchase, 'createdAt' | 'id'>;
  limit: number;
}

/** Queries on purchases. Writing ones are called inside `Writer.write`. */
export type PurchaseStore = ReturnType<typeof createPurchaseStore>;

export function createPurchaseStore({ db }: Pick<OpenDatabase, 'db'>) {
  return {
    insert: (purchase: Purchase) => db.insert(purchases).values(purchase).run(),
    update: (id: string, changes: Partial<Purchase>) =>
      db.update(purchases).set(changes).where(eq(purchases.id, id)).run(),
    ...findOne(db),
    ...findMany(db),
    ...eventQueries(db),
  };
}

function findOne(db: OpenDatabase['db']) {
  const first = (...conditions: Parameters<typeof and>): Purchase | undefined =>
    db
      .select()
      .from(purchases)
      .where(and(...conditions))
      .get();
  return {
    find: (id: string) => first(eq(purchases.id, id)),
    findByProviderId: (provider: Provider, providerId: string) =>
      first(eq(purchases.provider, provider), eq(purchases.providerId, providerId)),
    findByPaymentId: (provider: Provider, paymentId: string) =>
      first(eq(purchases.provider, provider), eq(purchases.paymentId, paymentId)),
    /** The one that a repeated request opened before, and for which the provider's answer is missing. */
    findUnanswered: (request: { accountId: string; provider: Provider; requestSha256: string }) =>
      first(
        eq(purchases.accountId, request.accountId),
        eq(purchases.provider, request.provider),
        eq(purchases.requestSha256, request.requestSha256),
        ...[eq(purchases.state, 'open'), isNull(purchases.providerId)],
      ),
    /** Whether a payment of the account is in dispute, or was lost to one. */
    hasDispute: (accountId: string): boolean =>
      first(eq(purchases.accountId, accountId), gt(purchases.disputedUsdCents, 0)) !== undefined,
  };
}

function findMany(db: OpenDatabase['db']) {
  return {
    /** Newest first. */
    list: ({ accountId, state, before, limit }: PurchaseFilter): Purchase[] => {
      const { createdAt, id } = purchases;
      const isOlder =
        before &&
        or(lt(createdAt, before.createdAt), and(eq(createdAt, before.createdAt), lt(id, before.id)));
      return db
        .select()
        .from(purchases)
        .where(
          and(
            accountId === undefined ? undefined : eq(purchases.accountId, accountId),
            state === undefined ? undefined : eq(purchases.state, state),
            isOlder,
          ),
        )
        .orderBy(desc(createdAt), desc(id))
        .limit(limit)
        .all();
    },
    /** Checkouts of an account that were opened since then and are neither paid nor over, as far as is known. */
    openCheckoutsOf: (accountId: string, since: number): Pick<Purchase, 'createdAt' | 'providerId'>[] =>
      db
        .select({ createdAt: purchases.createdAt, providerId: purchases.providerId })
        .from(purchases)
        .where(
          and(
            ...[eq(purchases.accountId, accountId), gt(purchases.createdAt, since)],
            ...[eq(purchases.state, 'open'), ne(purchases.provider, 'x402')],
          ),
        )
        .all(),
    /**
     * Open purchases that the provider should be asked about, those first that weren't for longest. The next time is
     * a quarter of its age later each: a payment by bank transfer may take a week.
     * @param due.unansweredMsMin age of those that have no id at the provider; default: as all
     */
    listDue: (due: {
      provider: Provider;
      now: number;
      ageMsMin: number;
      unansweredMsMin?: number;
      limit: number;
    }): Purchase[] => {
      const { createdAt, checkedAt } = purchases;
      const lastAsked = sql`coalesce(${checkedAt}, ${createdAt})`;
      return db
        .select()
        .from(purchases)
        .where(
          and(
            ...[eq(purchases.state, 'open'), eq(purchases.provider, due.provider)],
            lt(createdAt, due.now - due.ageMsMin),
            or(isNotNull(purchases.providerId), lt(createdAt, due.now - (due.unansweredMsMin ?? 0))),
            sql`${due.now} - ${lastAsked} > (${due.now} - ${createdAt}) / 4`,
          ),
        )
        .orderBy(asc(lastAsked))
        .limit(due.limit)
        .all();
    },
  };
}

function eventQueries(db: OpenDatabase['db']) {
  return {
    /** @returns whether the event is new */
    insertEvent: (event: PaymentEvent): boolean =>
      db.insert(paymentEvents).values(event).onConflictDoNothing().run().changes === 1,
    hasEvent: (provider: Provider, eventId: string): boolean =>
      db
        .select({ eventId: paymentEvents.eventId })
        .from(paymentEvents)
        .where(and(eq(paymentEvents.provider, provider), eq(paymentEvents.eventId, eventId)))
        .get() !== undefined,
    forgetEvents: (provider: Provider, before: number) =>
      db
        .delete(paymentEvents)
        .where(and(eq(paymentEvents.provider, provider), lt(paymentEvents.receivedAt, before)))
        .run(),
  };
}
