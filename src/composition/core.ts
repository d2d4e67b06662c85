import { join } from 'node:path';
import {
  type Clock,
  hourMs,
  createRetentionClock,
  createSteadyClock,
  monotonicClock,
  systemClock,
} from '../clock.ts';
import { holdDataFolder } from '../db/hold-data-folder.ts';
import { createAuditLog } from '../audit/store.ts';
import { createBooks } from '../admin/watch-books.ts';
import { createWholeCheck } from '../admin/watch-whole.ts';
import { closeDatabase, openDatabase } from '../db/open.ts';
import { createWriter } from '../db/writer.ts';
import { createConnectionRoom } from '../http/connection-room.ts';
import { firstRun } from '../identity/first-run.ts';
import { createIdentityStore } from '../identity/store.ts';
import { checkLedgerAtStart } from '../ledger/invariants.ts';
import { createLedger } from '../ledger/ledger.ts';
import type { Log } from '../log.ts';
import { createGuardedFetch } from '../net/guarded-fetch.ts';
import { createOwnOrigin } from '../net/own-origin.ts';
import type { Settings } from '../settings/load-settings.ts';
import { checkPricing } from '../tasks/pricing.ts';
import { createWebhookSender, type Post } from '../webhooks/deliver.ts';
import { createWebhookStore } from '../webhooks/store.ts';

/** What an appliance is built from. */
export interface ApplianceOptions {
  settings: Settings;
  log: Log;
  /** The process's environment, of which runners see an allowed part. */
  environment: Record<string, string | undefined>;
  clock?: Clock;
  /** The time that really passes, whatever `clock` is set to. */
  monotonic?: Clock;
  /** Where the manifests are; the project's `models/` unless a test brings its own. */
  modelsFolder?: string;
}

export type Core = Awaited<ReturnType<typeof openCore>>;

/** What everything else stands on: the held data folder, the database and the parts that only need those. */
export async function openCore(options: ApplianceOptions, building: AsyncDisposableStack) {
  const { settings, clock = systemClock, monotonic = monotonicClock, log } = options;
  const { dataFolder } = settings;
  const pricing = checkPricing(settings.pricing);
  building.defer(holdDataFolder(dataFolder));
  const database = openDatabase(join(dataFolder, 'appliance.sqlite'));
  building.defer(() => closeDatabase(database));
  const writer = createWriter(database);
  building.defer(() => writer.close());
  const ledger = createLedger({ db: database.db, clock });
  const isLedgerChecked = checkLedgerAtStart(database.connection);
  const audit = createAuditLog({ db: database.db, clock });
  const books = createBooks({ databasePath: database.connection.name, log });
  const wholeCheck = createWholeCheck({ databasePath: database.connection.name, log });
  const identity = createIdentityStore(database);
  const grantMicros = Math.round(settings.firstRun.operatorGrantUsd * 1_000_000);
  const started = await firstRun({ store: identity, ledger, writer, clock, dataFolder, grantMicros });
  const guardedFetch = createGuardedFetch(settings.inputs);
  const { retryHours, timeoutSeconds } = settings.webhooks;
  const secretOf = (accountId: string) => identity.account(accountId)?.webhookSecret ?? '';
  const post: Post = async (url, request) =>
    (await guardedFetch.post(url, { ...request, timeoutSeconds })).status;
  const store = createWebhookStore(database.db);
  const webhooks = createWebhookSender({ store, writer, clock, log, post, secretOf, retryHours });
  building.defer(() => webhooks.stop());
  const built = {
    database,
    writer,
    ledger,
    audit,
    books,
    isLedgerChecked,
    wholeCheck,
    identity,
    guardedFetch,
    webhooks,
    secretOf,
    pricing,
  };
  const holdMs = settings.storage.deleteHours * hourMs;
  const clocks = {
    clock,
    steadyClock: createSteadyClock(clock, monotonic),
    retentionClock: createRetentionClock({ clock, monotonic, holdMs }),
  };
  const room = createConnectionRoom({ clock: clocks.steadyClock, log });
  return {
    ...options,
    ...built,
    ...clocks,
    room,
    ownOrigin: createOwnOrigin(settings.server),
    firstRun: started,
  };
}
