import type { AuditLog } from '../audit/store.ts';
import type { Clock } from '../clock.ts';
import type { OpenDatabase } from '../db/open.ts';
import type { Writer } from '../db/writer.ts';
import type { IdentityStore } from '../identity/store.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from '../log.ts';
import type { Settings } from '../settings/load-settings.ts';
import { providerStates } from './provider-states.ts';
import { createCoinbase } from './coinbase/create-coinbase.ts';
import { createPurchases, type Referrals } from './purchases.ts';
import { createPurchaseStore } from './store.ts';
import { createStripe } from './stripe/create-stripe.ts';
import { createX402 } from './x402/create-x402.ts';

interface PaymentsOptions {
  settings: Settings;
  database: OpenDatabase;
  ledger: Ledger;
  audit: AuditLog;
  identity: IdentityStore;
  writer: Writer;
  log: Log;
  clock: Clock;
  referrals: Referrals;
}

/** Money from outside: packages, purchases, and the providers that are paid through. */
export type Payments = ReturnType<typeof createPayments>;

export function createPayments(options: PaymentsOptions) {
  const { settings, database, ledger, audit, identity, writer, log, clock, referrals } = options;
  const store = createPurchaseStore(database);
  const purchases = createPurchases({
    ...{ store, ledger, audit, clock, referrals, suspendOnDispute: settings.payments.suspendOnDispute },
    suspendAccount(accountId, reason) {
      const account = identity.account(accountId);
      // An operator who disputes a payment to himself would lock himself out.
      if (account?.disabledAt !== null || account.role === 'admin') return;
      identity.updateAccount(accountId, { disabledAt: clock(), disabledReason: reason });
      audit.record({ actor: null, action: 'account.disable', subject: accountId, details: { reason } });
    },
    resumeAccount(accountId, reason) {
      if (identity.account(accountId)?.disabledReason !== reason) return;
      identity.updateAccount(accountId, { disabledAt: null, disabledReason: null });
      audit.record({ actor: null, action: 'account.enable', subject: accountId, details: { reason } });
    },
  });
  const parts = { store, purchases, ledger, audit, writer, clock, log };
  const x402 = createX402({ ...parts, settings: settings.x402 });
  const { packages } = settings;
  const { returnPath, openCheckoutsMax } = settings.payments;
  const checkouts = { packages, returnPath, openCheckoutsMax };
  const stripe = createStripe({ ...parts, settings: settings.stripe, ...checkouts });
  const coinbase = createCoinbase({ ...parts, settings: settings.coinbase, ...checkouts });
  const states = providerStates(settings);
  const providers = [stripe, coinbase, x402];
  return {
    ...{ store, purchases, ledger, audit, writer, packages, stripe, coinbase, x402 },
    /** Which providers can be paid through, as far as is known by now. */
    states: {
      ...states,
      get x402() {
        return x402.supported.problem() === null ? states.x402 : 'off';
      },
    },
    /** Begins to look for what no webhook told of. */
    start: () => providers.forEach((provider) => provider?.start()),
    /** Looks for it now. */
    async lookAgain() {
      await Promise.all(providers.map((provider) => provider?.lookAgain()));
    },
    async stop() {
      await Promise.all(providers.map((provider) => provider?.stop()));
    },
  };
}
