import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditLog } from '../audit/store.ts';
import { closeDatabase, openDatabase } from '../db/open.ts';
import { createWriter } from '../db/writer.ts';
import { openAccount } from '../identity/accounts.ts';
import { createIdentityStore } from '../identity/store.ts';
import type { Role } from '../identity/tables.ts';
import { createLedger, houseAccounts } from '../ledger/ledger.ts';
import { silentLog } from '../log.ts';
import { createPayments } from '../payments/create-payments.ts';
import type { NewPurchase } from '../payments/purchases.ts';
import type { Purchase } from '../payments/tables.ts';
import { loadSettings } from '../settings/load-settings.ts';
import { projectRoot } from './test-appliance.ts';

export const fiveDollars: Omit<NewPurchase, 'accountId'> = {
  ...{ provider: 'stripe', packageCode: 'starter', priceUsdCents: 500, creditMicros: 5_000_000 },
  affiliateCode: null,
};

/** Purchases on a real database, without HTTP and providers. */
export type TestPurchases = ReturnType<typeof openPurchases>;

/** @param options.path of the database, to open one again that was closed */
export function openPurchases(
  options: { path?: string; now?: () => number; environment?: Record<string, string> } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'kt-purchases-'));
  const { path = join(folder, 'appliance.sqlite'), now: clock = () => 1_700_000_000_000 } = options;
  const environment = { KT_DATA_DIR: folder, ...options.environment };
  const database = openDatabase(path);
  const { db } = database;
  const writer = createWriter(database);
  const ledger = createLedger({ db, clock });
  const identity = createIdentityStore(database);
  const audit = createAuditLog({ db, clock });
  /** What referrals were told of, in order. */
  const changes: Purchase[] = [];
  const referrals = {
    attribute: () => null,
    purchaseChanged: (purchase: Purchase) => void changes.push(purchase),
  };
  const settings = loadSettings({ projectRoot, environment });
  const { store, purchases } = createPayments({
    ...{ settings, database, ledger, audit, identity, writer, log: silentLog, clock, referrals },
  });
  return {
    ...{ path, database, ledger, identity, audit, store, purchases, changes, writer },
    openAccount: (role: Role = 'user') =>
      openAccount({ store: identity, ledger }, { name: 'Ada', role, grantMicros: 0, now: clock() }).id,
    /** As jobs do; refused beyond the balance. */
    spend: (accountId: string, amountMicros: number, reference: string) =>
      ledger.transfer({
        ...{ debitAccountId: accountId, creditAccountId: houseAccounts.grants, amountMicros },
        // A charge proper belongs to a job, which the check would miss.
        ...{ code: 'grant', reference },
      }),
    find(id: string): Purchase {
      const purchase = store.find(id);
      if (!purchase) throw new Error(`There is no purchase ${id}.`);
      return purchase;
    },
    close: () => closeDatabase(database),
  };
}
