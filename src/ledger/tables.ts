import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const ledgerAccounts = sqliteTable('ledger_accounts', {
  id: text('id').primaryKey(),
  limited: integer('limited', { mode: 'boolean' }).notNull(),
  debitsMicros: integer('debits_micros').notNull().default(0),
  creditsMicros: integer('credits_micros').notNull().default(0),
});

export const transfers = sqliteTable('transfers', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  debitAccountId: text('debit_account_id').notNull(),
  creditAccountId: text('credit_account_id').notNull(),
  amountMicros: integer('amount_micros').notNull(),
  code: text('code').notNull(),
  reference: text('reference').notNull().unique(),
  createdAt: integer('created_at').notNull(),
});
