import { eq, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Clock } from '../clock.ts';
import { ledgerAccounts, transfers } from './tables.ts';

/** Why money moved. */
export type TransferCode =
  | 'grant'
  | 'charge'
  | 'refund'
  /** A payment's credit, and what of it was taken or given back with a refund or dispute. */
  | 'purchase'
  | 'reversal'
  | 'restoration'
  /** An affiliate's share: earned, no longer held, taken back; asked for, paid, given back. */
  | 'commission'
  | 'commission_release'
  | 'commission_reversal'
  | 'payout_request'
  | 'payout'
  | 'payout_return'
  /** A plan's amount, set aside when it is approved; given back step by step, as each is charged or given up. */
  | 'hold'
  | 'hold_release';

/** The appliance's own accounts. They may go below zero; a customer's never does. */
export const houseAccounts = {
  grants: 'house:grants',
  revenue: 'house:revenue',
  /** What each provider has paid us, as a balance below zero. */
  stripe: 'house:stripe',
  coinbase: 'house:coinbase',
  x402: 'house:x402',
  /** Reversed payments whose credit was spent already. */
  losses: 'house:losses',
  commissions: 'house:commissions',
  payouts: 'house:payouts',
} as const;

export interface TransferRequest {
  debitAccountId: string;
  creditAccountId: string;
  /** Integer micro-dollars, 0 or more: a free job has its charge on record too. */
  amountMicros: number;
  code: TransferCode;
  /** Unique over all transfers: the same reference moves money once, however often it is asked for. */
  reference: string;
}

/** `exists` is a replay of the very same transfer; anything else under its reference is a programmer's error. */
export type TransferOutcome =
  | { kind: 'created' }
  | { kind: 'exists' }
  | { kind: 'exceeds_credits'; balanceMicros: number };

/** The reference has moved money before, on other terms. */
export class TransferMismatch extends Error {
  constructor(reference: string) {
    super(`Transfer ${reference} exists with other terms.`);
    this.name = 'TransferMismatch';
  }
}

/**
 * The double-entry ledger: append-only transfers between accounts, balances as two sums that only grow.
 * Its writing methods are called inside `Writer.write`, so that they commit with what they pay for.
 */
export interface Ledger {
  /** Opens a limited account (its debits may never exceed its credits), or does nothing where it is open. */
  openAccount(id: string): void;
  transfer(request: TransferRequest): TransferOutcome;
  /** Credits − debits. 0 for an account that was never opened. */
  balanceMicros(accountId: string): number;
}

export function createLedger(options: { db: BetterSQLite3Database; clock: Clock }): Ledger {
  const statements = prepareStatements(options.db);
  for (const id of Object.values(houseAccounts)) statements.open.run({ id, limited: false });

  const balanceMicros = (id: string) => statements.balance.get({ id })?.balanceMicros ?? 0;

  return {
    openAccount(id) {
      statements.open.run({ id, limited: true });
    },
    balanceMicros,
    transfer(request) {
      const { debitAccountId, creditAccountId, amountMicros, reference } = request;
      if (!Number.isSafeInteger(amountMicros) || amountMicros < 0) {
        throw new Error(`Transfer ${reference}: ${amountMicros} is not an amount.`);
      }
      const existing = statements.byReference.get({ reference });
      if (existing) {
        if (isSameTransfer(existing, request)) return { kind: 'exists' };
        throw new TransferMismatch(reference);
      }
      const debtor = statements.balance.get({ id: debitAccountId });
      if (debtor?.limited && debtor.balanceMicros < amountMicros) {
        return { kind: 'exceeds_credits', balanceMicros: debtor.balanceMicros };
      }
      statements.insert.run({ ...request, createdAt: options.clock() });
      statements.debit.run({ id: debitAccountId, amountMicros });
      statements.credit.run({ id: creditAccountId, amountMicros });
      return { kind: 'created' };
    },
  };
}

function isSameTransfer(existing: typeof transfers.$inferSelect, request: TransferRequest): boolean {
  return (
    existing.debitAccountId === request.debitAccountId &&
    existing.creditAccountId === request.creditAccountId &&
    existing.amountMicros === request.amountMicros &&
    existing.code === request.code
  );
}

function prepareStatements(db: BetterSQLite3Database) {
  const id = sql.placeholder('id');
  const amount = sql.placeholder('amountMicros');
  return {
    open: db
      .insert(ledgerAccounts)
      .values({ id, limited: sql.placeholder('limited') })
      .onConflictDoNothing()
      .prepare(),
    balance: db
      .select({
        limited: ledgerAccounts.limited,
        balanceMicros: sql<number>`${ledgerAccounts.creditsMicros} - ${ledgerAccounts.debitsMicros}`,
      })
      .from(ledgerAccounts)
      .where(eq(ledgerAccounts.id, id))
      .prepare(),
    byReference: db
      .select()
      .from(transfers)
      .where(eq(transfers.reference, sql.placeholder('reference')))
      .prepare(),
    insert: db
      .insert(transfers)
      .values({
        debitAccountId: sql.placeholder('debitAccountId'),
        creditAccountId: sql.placeholder('creditAccountId'),
        amountMicros: amount,
        code: sql.placeholder('code'),
        reference: sql.placeholder('reference'),
        createdAt: sql.placeholder('createdAt'),
      })
      .prepare(),
    debit: db
      .update(ledgerAccounts)
      .set({ debitsMicros: sql`${ledgerAccounts.debitsMicros} + ${amount}` })
      .where(eq(ledgerAccounts.id, id))
      .prepare(),
    credit: db
      .update(ledgerAccounts)
      .set({ creditsMicros: sql`${ledgerAccounts.creditsMicros} + ${amount}` })
      .where(eq(ledgerAccounts.id, id))
      .prepare(),
  };
}
