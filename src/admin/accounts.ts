import type { AuditLog } from '../audit/store.ts';
import type { Clock } from '../clock.ts';
import { Conflict, InsufficientBalance, InvalidInput, NotFound } from '../errors.ts';
import { openAccount } from '../identity/accounts.ts';
import type { Caller } from '../identity/authenticate.ts';
import { addKey, type CreatedKey } from '../identity/keys.ts';
import type { IdentityStore } from '../identity/store.ts';
import type { Account } from '../identity/tables.ts';
import { houseAccounts, type Ledger, TransferMismatch } from '../ledger/ledger.ts';
import { BadCursor, cutPage, type Page } from '../page.ts';

/** What an operator does to accounts. Everything is written down in the audit log, in the same transaction. */
export interface AccountParts {
  store: IdentityStore;
  ledger: Ledger;
  audit: AuditLog;
  clock: Clock;
}

/** Opens an account with its first API key. Called inside `Writer.write`. */
export function createAccount(
  parts: AccountParts,
  actor: Caller,
  { name, grantMicros = 0 }: { name: string; grantMicros?: number },
): CreatedKey {
  const { audit, clock } = parts;
  const { id: accountId } = openAccount(parts, { name, role: 'user', grantMicros, now: clock() });
  audit.record({ actor, action: 'account.open', subject: accountId, details: { name, grantMicros } });
  return addKey(parts, { accountId, role: 'user', label: 'First API key' }, actor);
}

interface GrantRequest {
  accountId: string;
  /** Below zero: taken. */
  amountMicros: number;
  reference: string;
  reason?: string;
}

/**
 * Grants or takes credit, once under its reference. Called inside `Writer.write`.
 * @throws NotFound, InvalidInput (0), InsufficientBalance (more is taken than there is)
 * @throws Conflict `reference_reuse`: another amount was moved under this reference
 */
export function grantCredit(parts: AccountParts, actor: Caller, request: GrantRequest) {
  const { accountId, amountMicros, reference } = request;
  if (amountMicros === 0) throw new InvalidInput([{ path: '/amountMicros', message: 'must not be 0' }]);
  try {
    return moveCredit(parts, actor, request);
  } catch (error) {
    if (!(error instanceof TransferMismatch)) throw error;
    const message = `Under the reference ${reference}, another amount was granted to ${accountId}.`;
    throw new Conflict(message, 'reference_reuse');
  }
}

function moveCredit(parts: AccountParts, actor: Caller, request: GrantRequest) {
  const { store, ledger, audit } = parts;
  const { accountId, amountMicros, reference, reason = null } = request;
  found(store, accountId);
  const [debitAccountId, creditAccountId] =
    amountMicros > 0 ? [houseAccounts.grants, accountId] : [accountId, houseAccounts.grants];
  const outcome = ledger.transfer({
    ...{ debitAccountId, creditAccountId, amountMicros: Math.abs(amountMicros) },
    ...{ code: 'grant', reference: `grant:admin:${accountId}:${reference}` },
  });
  if (outcome.kind === 'exceeds_credits') {
    throw new InsufficientBalance({ requiredMicros: -amountMicros, balanceMicros: outcome.balanceMicros });
  }
  const wasNew = outcome.kind === 'created';
  const details = { amountMicros, reference, reason };
  if (wasNew) audit.record({ actor, action: 'account.grant', subject: accountId, details });
  return { balanceMicros: ledger.balanceMicros(accountId), wasNew };
}

/**
 * Disables or enables an account, from its very next request on. Its jobs that were accepted go on. Called inside
 * `Writer.write`.
 * @throws NotFound; Conflict for the operator's own account
 */
export function switchAccount(
  { store, audit, clock }: AccountParts,
  actor: Caller,
  { accountId, isDisabled, reason }: { accountId: string; isDisabled: boolean; reason: string },
): Account {
  const account = found(store, accountId);
  if (accountId === actor.accountId) {
    throw new Conflict('Nobody could enable your own account again.', 'own_account');
  }
  if (isDisabled === (account.disabledAt !== null)) return account;
  const disabled = { disabledAt: isDisabled ? clock() : null, disabledReason: isDisabled ? reason : null };
  store.updateAccount(accountId, disabled);
  const action = isDisabled ? 'account.disable' : 'account.enable';
  audit.record({ actor, action, subject: accountId, details: { reason } });
  return { ...account, ...disabled };
}

/** Newest first. @throws BadCursor */
export function listAccounts(
  { store }: Pick<AccountParts, 'store'>,
  { limit, cursor }: { limit: number; cursor?: string },
): Page<Account> {
  const before = cursor === undefined ? undefined : store.account(cursor);
  if (cursor !== undefined && !before) throw new BadCursor();
  const list = (most: number) => store.listAccounts({ ...(before ? { before } : {}), limit: most });
  return cutPage({ limit, list, cursorOf: ({ id }) => id });
}

function found(store: IdentityStore, accountId: string): Account {
  const account = store.account(accountId);
  if (!account) throw new NotFound(`The account ${accountId}`);
  return account;
}
