import { and, count, desc, eq, inArray, isNull, lt, lte, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { AnySQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { OpenDatabase } from '../db/open.ts';
import { accounts, identities } from '../identity/tables.ts';
import {
  type Affiliate,
  affiliateBindings,
  affiliates,
  type AffiliateState,
  type Commission,
  commissions,
  type PayoutRequest,
  payoutRequests,
  type PayoutState,
} from './tables.ts';

/** Part of a list, newest first. */
export interface PageRequest {
  /** Only those with a smaller sequence. */
  before?: number | undefined;
  limit: number;
}

/** What an affiliate's commissions come to. */
export interface CommissionSums {
  count: number;
  earnedMicros: number;
  reversedMicros: number;
}

/** Queries on affiliates, commissions and payouts. Writing ones are called inside `Writer.write`. */
export type AffiliateStore = ReturnType<typeof createAffiliateStore>;

export function createAffiliateStore({ db }: Pick<OpenDatabase, 'db'>) {
  return { ...affiliateQueries(db), ...bindingQueries(db), ...commissionQueries(db), ...payoutQueries(db) };
}

function affiliateQueries(db: BetterSQLite3Database) {
  const find = (condition: ReturnType<typeof eq>): Affiliate | undefined =>
    db.select().from(affiliates).where(condition).get();
  return {
    insertAffiliate: (affiliate: Omit<Affiliate, 'sequence'>) =>
      db.insert(affiliates).values(affiliate).run(),
    updateAffiliate: (id: string, changes: Partial<Affiliate>) =>
      db.update(affiliates).set(changes).where(eq(affiliates.id, id)).run(),
    affiliate: (id: string) => find(eq(affiliates.id, id)),
    affiliateOfAccount: (accountId: string) => find(eq(affiliates.accountId, accountId)),
    /** @param code in upper case */
    affiliateOfCode: (code: string) => find(eq(affiliates.code, code)),
    listAffiliates: ({
      state,
      before,
      limit,
    }: PageRequest & { state?: AffiliateState | undefined }): Affiliate[] =>
      db
        .select()
        .from(affiliates)
        .where(
          and(
            state === undefined ? undefined : eq(affiliates.state, state),
            before === undefined ? undefined : lt(affiliates.sequence, before),
          ),
        )
        .orderBy(desc(affiliates.sequence))
        .limit(limit)
        .all(),
    /** Every address that somebody has proved when signing in to the account, in lower case. */
    emailsOf(accountId: string): string[] {
      const ofAccount = db.select({ email: accounts.email }).from(accounts).where(eq(accounts.id, accountId));
      const ofIdentities = db
        .select({ email: identities.email })
        .from(identities)
        .where(eq(identities.accountId, accountId));
      const emails = [...ofAccount.all(), ...ofIdentities.all()].map(({ email }) => email?.toLowerCase());
      return emails.filter((email) => email !== undefined);
    },
  };
}

function bindingQueries(db: BetterSQLite3Database) {
  return {
    bindingOf: (accountId: string): typeof affiliateBindings.$inferSelect | undefined =>
      db.select().from(affiliateBindings).where(eq(affiliateBindings.accountId, accountId)).get(),
    insertBinding: (binding: typeof affiliateBindings.$inferInsert) =>
      db.insert(affiliateBindings).values(binding).run(),
    countBindings: (affiliateId: string): number =>
      db
        .select({ count: count() })
        .from(affiliateBindings)
        .where(eq(affiliateBindings.affiliateId, affiliateId))
        .get()?.count ?? 0,
  };
}

function commissionQueries(db: BetterSQLite3Database) {
  const sum = (column: AnySQLiteColumn) => sql<number>`coalesce(sum(${column}), 0)`;
  return {
    insertCommission: (commission: Omit<Commission, 'sequence'>) =>
      db.insert(commissions).values(commission).run(),
    updateCommission: (id: string, changes: Partial<Commission>) =>
      db.update(commissions).set(changes).where(eq(commissions.id, id)).run(),
    commissionOfPurchase: (purchaseId: string): Commission | undefined =>
      db.select().from(commissions).where(eq(commissions.purchaseId, purchaseId)).get(),
    /** Held ones whose time has come, the longest due first. @param filter.affiliateId of one affiliate, else of all */
    dueCommissions: (filter: { now: number; affiliateId?: string; limit?: number }): Commission[] =>
      db
        .select()
        .from(commissions)
        .where(
          and(
            isNull(commissions.releasedAt),
            lte(commissions.releaseAt, filter.now),
            filter.affiliateId === undefined ? undefined : eq(commissions.affiliateId, filter.affiliateId),
          ),
        )
        .orderBy(commissions.releaseAt)
        .limit(filter.limit ?? -1)
        .all(),
    listCommissions: (affiliateId: string, { before, limit }: PageRequest): Commission[] =>
      db
        .select()
        .from(commissions)
        .where(
          and(
            eq(commissions.affiliateId, affiliateId),
            before === undefined ? undefined : lt(commissions.sequence, before),
          ),
        )
        .orderBy(desc(commissions.sequence))
        .limit(limit)
        .all(),
    commissionSums: (affiliateId: string): CommissionSums =>
      db
        .select({
          count: count(),
          earnedMicros: sum(commissions.earnedMicros),
          reversedMicros: sum(commissions.reversedMicros),
        })
        .from(commissions)
        .where(eq(commissions.affiliateId, affiliateId))
        .get() ?? { count: 0, earnedMicros: 0, reversedMicros: 0 },
  };
}

const openStates: PayoutState[] = ['requested', 'approved'];

function payoutQueries(db: BetterSQLite3Database) {
  return {
    insertPayoutRequest: (request: Omit<PayoutRequest, 'sequence'>) =>
      db.insert(payoutRequests).values(request).run(),
    updatePayoutRequest: (id: string, changes: Partial<PayoutRequest>) =>
      db.update(payoutRequests).set(changes).where(eq(payoutRequests.id, id)).run(),
    payoutRequest: (id: string): PayoutRequest | undefined =>
      db.select().from(payoutRequests).where(eq(payoutRequests.id, id)).get(),
    openPayoutRequestOf: (affiliateId: string): PayoutRequest | undefined =>
      db
        .select()
        .from(payoutRequests)
        .where(and(eq(payoutRequests.affiliateId, affiliateId), inArray(payoutRequests.state, openStates)))
        .get(),
    /** @param filter.affiliateId of one affiliate, else of all */
    listPayoutRequests: (
      filter: PageRequest & { affiliateId?: string; state?: PayoutState | undefined },
    ): PayoutRequest[] =>
      db
        .select()
        .from(payoutRequests)
        .where(
          and(
            filter.affiliateId === undefined ? undefined : eq(payoutRequests.affiliateId, filter.affiliateId),
            filter.state === undefined ? undefined : eq(payoutRequests.state, filter.state),
            filter.before === undefined ? undefined : lt(payoutRequests.sequence, filter.before),
          ),
        )
        .orderBy(desc(payoutRequests.sequence))
        .limit(filter.limit)
        .all(),
    paidMicros: (affiliateId: string): number =>
      db
        .select({ paid: sql<number>`coalesce(sum(${payoutRequests.amountMicros}), 0)` })
        .from(payoutRequests)
        .where(and(eq(payoutRequests.affiliateId, affiliateId), eq(payoutRequests.state, 'paid')))
        .get()?.paid ?? 0,
  };
}
