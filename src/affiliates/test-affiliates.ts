import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditLog } from '../audit/store.ts';
import { closeDatabase, openDatabase } from '../db/open.ts';
import { createWriter } from '../db/writer.ts';
import { openAccount } from '../identity/accounts.ts';
import { createIdentityStore } from '../identity/store.ts';
import { createLedger } from '../ledger/ledger.ts';
import { createPurchases } from '../payments/purchases.ts';
import { createPurchaseStore } from '../payments/store.ts';
import { loadSettings } from '../settings/load-settings.ts';
import { projectRoot } from '../testing/test-appliance.ts';
import { createAffiliates } from './create-affiliates.ts';

export const dayMs = 86_400_000;

export type TestAffiliates = Awaited<ReturnType<typeof startAffiliates>>;

/**
 * The programme and the purchases it earns by, on a clock that `pass` moves.
 * @param options.dataFolder of an appliance that runs: then this is another hand on its database
 */
export async function startAffiliates(
  options: {
    environment?: Record<string, string>;
    dataFolder?: string;
    clock?: ReturnType<typeof testClock>;
  } = {},
) {
  const { dataFolder = mkdtempSync(join(tmpdir(), 'kt-affiliates-')), environment = {} } = options;
  const { clock, pass } = options.clock ?? testClock();
  const settings = loadSettings({ projectRoot, environment: { KT_DATA_DIR: dataFolder, ...environment } });
  const database = openDatabase(join(dataFolder, 'appliance.sqlite'));
  const writer = createWriter(database);
  const { db } = database;
  const core = {
    ...{ settings, database, writer, clock, steadyClock: clock },
    ledger: createLedger({ db, clock }),
    audit: createAuditLog({ db, clock }),
    identity: createIdentityStore(database),
  };
  const affiliates = await createAffiliates(core);
  const purchases = createPurchases({
    ...{ ...core, store: createPurchaseStore(database), referrals: affiliates.referrals },
    ...{ suspendAccount() {}, resumeAccount() {}, suspendOnDispute: false },
  });
  return {
    ...{ ...core, ...affiliates, purchases },
    pass,
    /** @returns its id */
    account: (email?: string): Promise<string> =>
      writer.write(() => {
        const request = { name: 'Ada', role: 'user' as const, grantMicros: 0, now: clock() };
        return openAccount(
          { store: core.identity, ledger: core.ledger },
          { ...request, ...(email === undefined ? {} : { email }) },
        ).id;
      }),
    async stop() {
      await writer.close();
      closeDatabase(database);
    },
  };
}

/** A clock that stands still until `pass` moves it. */
export function testClock() {
  let now = Date.UTC(2026, 0, 1);
  return {
    clock: () => now,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

/** Who does something in tests. */
export const actorOf = (accountId: string) => ({ accountId, keyId: 'key_test' });
