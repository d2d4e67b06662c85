import { Type } from '@sinclair/typebox';
import { Elysia, t } from 'elysia';
import type { Clock } from '../clock.ts';
import type { Writer } from '../db/writer.ts';
import { ApplianceError, Conflict, NotFound } from '../errors.ts';
import { openAccount } from '../identity/accounts.ts';
import { makeKey } from '../identity/keys.ts';
import type { RequireKey } from '../identity/require-key.ts';
import type { IdentityStore } from '../identity/store.ts';
import { LedgerBroken } from '../ledger/invariants.ts';
import { houseAccounts, type Ledger, TransferMismatch } from '../ledger/ledger.ts';

const strict = { additionalProperties: false };
const amountMicros = Type.Integer({ minimum: 1, maximum: 1_000_000_000_000 });
const NewAccountBody = t.Object(
  { name: t.String({ minLength: 1, maxLength: 100 }), grantMicros: t.Optional(amountMicros) },
  strict,
);
const NewAccountView = t.Object({ accountId: t.String(), name: t.String(), apiKey: t.String() });
const GrantBody = t.Object(
  {
    accountId: t.String(),
    amountMicros,
    reference: t.String({ minLength: 1, maxLength: 100, description: 'Granted once under this reference.' }),
  },
  strict,
);

export interface AdminRoutesOptions {
  requireKey: RequireKey;
  store: IdentityStore;
  ledger: Ledger;
  writer: Writer;
  clock: Clock;
  /** The check of the whole ledger. @throws LedgerBroken, BooksUnreadable */
  checkBooks: () => Promise<void>;
}

/** `/api/v1/admin/…`, for admin keys: accounts, credit without a payment provider, and the ledger's check. */
export function adminRoutes(options: AdminRoutesOptions) {
  const { checkBooks } = options;
  return new Elysia({ name: 'admin.routes', prefix: '/api/v1/admin', normalize: false, tags: ['Admin'] })
    .use(options.requireKey)
    .post('/accounts', async ({ body, status }) => status(201, await createAccount(options, body)), {
      requireKey: 'admin',
      body: NewAccountBody,
      response: { 201: NewAccountView },
      detail: { summary: 'Open an account with its first API key' },
    })
    .post('/grants', ({ body }) => grant(options, body), {
      requireKey: 'admin',
      body: GrantBody,
      response: { 200: t.Object({ balanceMicros: t.Integer(), wasNew: t.Boolean() }) },
      detail: { summary: 'Grant credit to an account' },
    })
    .get(
      '/ledger/check',
      async () => {
        await checkBooks().catch(tellOperator);
        return { status: 'ok' as const };
      },
      {
        requireKey: 'admin',
        response: { 200: t.Object({ status: t.Literal('ok') }) },
        detail: { summary: "Check the ledger's invariants" },
      },
    );
}

async function createAccount(
  { store, ledger, writer, clock }: AdminRoutesOptions,
  body: typeof NewAccountBody.static,
): Promise<typeof NewAccountView.static> {
  const now = clock();
  return writer.write(() => {
    const { name, grantMicros = 0 } = body;
    const { id: accountId } = openAccount({ store, ledger }, { name, role: 'user', grantMicros, now });
    const { apiKey, row } = makeKey({ accountId, role: 'user', label: 'First API key', now });
    store.insertKey(row);
    return { accountId, name, apiKey };
  });
}

/** @throws ApplianceError 500 `ledger_broken`: the operator, and only the operator, is told what is wrong */
function tellOperator(error: unknown): never {
  if (!(error instanceof LedgerBroken)) throw error;
  const { problems } = error;
  const message = 'The ledger is broken. Stop the appliance and keep a copy of its data folder.';
  throw new ApplianceError({
    code: 'ledger_broken',
    status: 500,
    message,
    details: { problems },
    cause: error,
  });
}

async function grant({ store, ledger, writer }: AdminRoutesOptions, body: typeof GrantBody.static) {
  const { accountId, amountMicros: amount, reference } = body;
  try {
    return await writer.write(() => {
      if (!store.account(accountId)) throw new NotFound(`The account ${accountId}`);
      const outcome = ledger.transfer({
        debitAccountId: houseAccounts.grants,
        creditAccountId: accountId,
        amountMicros: amount,
        code: 'grant',
        reference: `grant:admin:${accountId}:${reference}`,
      });
      return { balanceMicros: ledger.balanceMicros(accountId), wasNew: outcome.kind === 'created' };
    });
  } catch (error) {
    if (!(error instanceof TransferMismatch)) throw error;
    throw new Conflict(`Under the reference ${reference}, another amount was granted.`, 'reference_reuse');
  }
}
