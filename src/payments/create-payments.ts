import type { AuditLog } from '../audit/store.ts';
import type { Clock } from '../clock.ts';
import type { OpenDatabase } from '../db/open.ts';
import type { IdentityStore } from '../identity/store.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Settings } from '../settings/load-settings.ts';
import { createPurchases, type Referrals } from './purchases.ts';
import { createPurchaseStore } from './store.ts';

interface PaymentsOptions {
  settings: Settings;
  database: OpenDatabase;
  ledger: Ledger;
  audit: AuditLog;
  identity: IdentityStore;
  clock: Clock;
  referrals: Referrals;
}

/** Money from outside: packages, purchases, and the providers that are paid through. */
export type Payments = ReturnType<typeof createPayments>;

export function createPayments(options: PaymentsOptions) {
  const { settings, database, ledger, audit, identity, clock, referrals } = options;
  const store = createPurchaseStore(database);
  const purchases = createPurchases({
    ...{ store, ledger, audit, clock, referrals, suspendOnDispute: settings.payments.suspendOnDispute },
    suspendAccount(accountId, reason) {
      if (identity.account(accountId)?.disabledAt !== null) return;
      identity.updateAccount(accountId, { disabledAt: clock(), disabledReason: reason });
      audit.record({ actor: null, action: 'account.disable', subject: accountId, details: { reason } });
    },
    resumeAccount(accountId, reason) {
      if (identity.account(accountId)?.disabledReason !== reason) return;
      identity.updateAccount(accountId, { disabledAt: null, disabledReason: null });
      audit.record({ actor: null, action: 'account.enable', subject: accountId, details: { reason } });
    },
  });
  return { store, purchases, packages: settings.packages };
}
