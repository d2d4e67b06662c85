import { Elysia, t } from 'elysia';
import type { Writer } from '../db/writer.ts';
import { ApplianceError } from '../errors.ts';
import type { Idempotency } from '../idempotency/idempotency.ts';
import { idempotencyHeaders } from '../idempotency/openapi-headers.ts';
import { type AnswerHead, repeatable, writeOnce } from '../idempotency/run-once.ts';
import type { Caller } from '../identity/authenticate.ts';
import { answerNewKey, newKeyRepetition } from '../identity/new-key-answer.ts';
import type { RequireKey } from '../identity/require-key.ts';
import type { Account } from '../identity/tables.ts';
import { LedgerBroken } from '../ledger/invariants.ts';
import { cutPage } from '../page.ts';
import { type AccountParts, createAccount, grantCredit, listAccounts, switchAccount } from './accounts.ts';
import {
  AccountListView,
  AccountsQuery,
  AccountView,
  AuditListView,
  AuditQuery,
  GrantBody,
  GrantView,
  NewAccountBody,
  NewAccountView,
  SwitchAccountBody,
  viewAccount,
  viewAuditEntry,
} from './model.ts';

export interface AdminRoutesOptions extends AccountParts {
  requireKey: RequireKey;
  writer: Writer;
  idempotency: Idempotency;
  /** The check of the whole ledger. @throws LedgerBroken, BooksUnreadable */
  checkBooks: () => Promise<void>;
}

const path = '/api/v1/admin';

/** `/api/v1/admin/…`, for admin keys: accounts, credit without a payment provider, the audit log, the ledger's check. */
export function adminRoutes(options: AdminRoutesOptions) {
  return new Elysia({ name: 'admin.routes', prefix: path, normalize: false, tags: ['Admin'] })
    .use(accountRoutes(options))
    .use(switchRoutes(options))
    .use(recordRoutes(options));
}

function accountRoutes(options: AdminRoutesOptions) {
  return new Elysia({ name: 'admin.accounts', normalize: false, tags: ['Admin'] })
    .use(options.requireKey)
    .post(
      '/accounts',
      (context) =>
        writeOnce(options, repeatable(`${path}/accounts`, context), () => {
          const created = createAccount(options, context.caller, context.body);
          const { accountId } = created.row;
          return answerNewKey(created, { accountId, name: context.body.name, apiKey: created.apiKey });
        }),
      {
        requireKey: 'admin',
        body: NewAccountBody,
        response: { 201: NewAccountView },
        detail: {
          summary: 'Open an account with its first API key',
          description: newKeyRepetition,
          parameters: idempotencyHeaders,
        },
      },
    )
    .get(
      '/accounts',
      ({ query: { limit = 50, cursor } }) => {
        const { rows, nextCursor } = listAccounts(options, {
          limit,
          ...(cursor === undefined ? {} : { cursor }),
        });
        return { accounts: rows.map((account) => viewWhole(options, account)), nextCursor };
      },
      {
        requireKey: 'admin',
        query: AccountsQuery,
        response: { 200: AccountListView },
        detail: { summary: 'List accounts, newest first' },
      },
    );
}

function viewWhole({ store, ledger }: AccountParts, account: Account) {
  const activeKeys = store.activeKeysOf(account.id).length;
  return viewAccount(account, { activeKeys, balanceMicros: ledger.balanceMicros(account.id) });
}

/** Who may use the appliance. */
function switchRoutes(options: AdminRoutesOptions) {
  const switchOnce = (
    verb: 'disable' | 'enable',
    asked: { caller: Caller; body: typeof SwitchAccountBody.static; request: Request; set: AnswerHead },
  ) =>
    writeOnce(options, repeatable(`${path}/accounts/${verb}`, asked), () => {
      const request = { ...asked.body, isDisabled: verb === 'disable' };
      return { status: 200, body: viewWhole(options, switchAccount(options, asked.caller, request)) };
    });
  return new Elysia({ name: 'admin.switches', normalize: false, tags: ['Admin'] })
    .use(options.requireKey)
    .post('/accounts/disable', (context) => switchOnce('disable', context), {
      requireKey: 'admin',
      body: SwitchAccountBody,
      response: { 200: AccountView },
      detail: {
        summary: 'Disable an account: from now on its keys and sessions are refused',
        parameters: idempotencyHeaders,
      },
    })
    .post('/accounts/enable', (context) => switchOnce('enable', context), {
      requireKey: 'admin',
      body: SwitchAccountBody,
      response: { 200: AccountView },
      detail: { summary: 'Enable an account again', parameters: idempotencyHeaders },
    });
}

/** Credit, and what an operator reads to know that all is well. */
function recordRoutes(options: AdminRoutesOptions) {
  const { requireKey, audit, checkBooks } = options;
  return new Elysia({ name: 'admin.records', normalize: false, tags: ['Admin'] })
    .use(requireKey)
    .post(
      '/grants',
      (context) =>
        writeOnce(options, repeatable(`${path}/grants`, context), () => ({
          status: 200,
          body: grantCredit(options, context.caller, context.body),
        })),
      {
        requireKey: 'admin',
        body: GrantBody,
        response: { 200: GrantView },
        detail: { summary: 'Grant credit to an account, or take it', parameters: idempotencyHeaders },
      },
    )
    .get(
      '/audit',
      ({ query: { subject, limit = 50, cursor } }) => {
        const filter = {
          ...(subject === undefined ? {} : { subject }),
          ...(cursor === undefined ? {} : { before: Number(cursor) }),
        };
        const list = (most: number) => audit.list({ ...filter, limit: most });
        const { rows, nextCursor } = cutPage({ limit, list, cursorOf: ({ id }) => String(id) });
        return { entries: rows.map(viewAuditEntry), nextCursor };
      },
      {
        requireKey: 'admin',
        query: AuditQuery,
        response: { 200: AuditListView },
        detail: { summary: 'Who changed what, newest first' },
      },
    )
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
