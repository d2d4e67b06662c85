import { randomBytes } from 'node:crypto';
import type { Ledger } from '../ledger/ledger.ts';
import { houseAccounts } from '../ledger/ledger.ts';
import type { IdentityStore } from './store.ts';
import type { Account, Role } from './tables.ts';

/**
 * Opens an account with its ledger account. Called inside `Writer.write`.
 * @param request.grantMicros credit it starts with
 */
export function openAccount(
  { store, ledger }: { store: IdentityStore; ledger: Ledger },
  request: { name: string; role: Role; grantMicros: number; email?: string; now: number },
): Account {
  const account: Account = {
    id: `acct_${randomBytes(10).toString('hex')}`,
    name: request.name,
    role: request.role,
    webhookSecret: `whsec_${randomBytes(24).toString('base64')}`,
    createdAt: request.now,
    disabledAt: null,
    disabledReason: null,
    email: request.email ?? null,
  };
  store.insertAccount(account);
  ledger.openAccount(account.id);
  if (request.grantMicros > 0) {
    ledger.transfer({
      debitAccountId: houseAccounts.grants,
      creditAccountId: account.id,
      amountMicros: request.grantMicros,
      code: 'grant',
      reference: `grant:opening:${account.id}`,
    });
  }
  return account;
}
