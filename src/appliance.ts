import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import {
  type Clock,
  hourMs,
  createRetentionClock,
  createSteadyClock,
  monotonicClock,
  systemClock,
} from './clock.ts';
import { holdDataFolder } from './db/hold-data-folder.ts';
import { createAuditLog } from './audit/store.ts';
import { createBooks } from './admin/watch-books.ts';
import { closeDatabase, openDatabase } from './db/open.ts';
import { createWriter } from './db/writer.ts';
import { type App, createApp } from './http/app.ts';
import { createConnectionRoom } from './http/connection-room.ts';
import { drain } from './http/drain.ts';
import { createHealth } from './http/health.ts';
import { createIdentity, type IdentityParts } from './identity/create-identity.ts';
import { firstRun, type FirstRun } from './identity/first-run.ts';
import { createIdentityStore } from './identity/store.ts';
import { createIdempotency, type Idempotency } from './idempotency/idempotency.ts';
import { createIdempotencyStore } from './idempotency/store.ts';
import { createEngines } from './jobs/create-engines.ts';
import { createJobs, type Jobs } from './jobs/create-jobs.ts';
import type { JobDesk } from './jobs/desk.ts';
import { expireOutputs } from './jobs/expire-outputs.ts';
import { jobRules } from './jobs/job-rules.ts';
import { createKeySpendingStore } from './jobs/key-spending/store.ts';
import { createMaintenance } from './jobs/maintenance.ts';
import { createJobStore } from './jobs/store.ts';
import { checkLedgerAtStart } from './ledger/invariants.ts';
import { createLedger } from './ledger/ledger.ts';
import type { Log } from './log.ts';
import { createGuardedFetch } from './net/guarded-fetch.ts';
import { createPayments, type Payments } from './payments/create-payments.ts';
import { createEstimates } from './scheduler/estimates.ts';
import type { Settings } from './settings/load-settings.ts';
import { createStorage } from './storage/create-storage.ts';
import { stagingLimits } from './storage/staging-limits.ts';
import { checkPricing } from './tasks/pricing.ts';
import { createWebhookSender, type Post } from './webhooks/deliver.ts';
import { createWebhookStore } from './webhooks/store.ts';

interface ApplianceOptions {
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

export interface Appliance {
  app: App;
  desk: JobDesk;
  /** The keys of a new data folder, once. */
  firstRun: FirstRun | null;
  /** Called with the address that is listened on: the base of URLs when no request tells. */
  listening: (origin: string) => void;
  /** Deletes what has had its time now, instead of within the next hour. */
  maintain: () => Promise<void>;
  /**
   * Gives running jobs `graceSeconds` (default: `shutdown.graceSeconds`), puts the rest back into the queue, ends
   * the open requests and closes everything. Safe to call twice: the first call counts.
   */
  stop: (options?: { graceSeconds?: number }) => Promise<void>;
}

/** Requests that are under way when the jobs have ended may take this long. */
const drainSecondsMax = 2;

/**
 * Builds every part once and starts the work that needs no request. The order is that of the dependencies:
 * data folder, database, ledger, storage, runners, jobs, HTTP; it closes them the other way round, at a stop as
 * where one of them can't be built.
 * @throws InvalidPricing, DataFolderTaken, DataFolderUnusable, DatabaseUnusable, DatabaseTooNew, LedgerBroken,
 *   ManifestError: each with a sentence for the operator
 */
export async function createAppliance(options: ApplianceOptions): Promise<Appliance> {
  await using building = new AsyncDisposableStack();
  const core = await openCore(options, building);
  const jobs = await buildJobs(core);
  const endJobs = (graceSeconds: number) => {
    core.writer.stopRetrying();
    return jobs.stop(graceSeconds);
  };
  building.defer(() => endJobs(0));
  const idempotency = createIdempotency({
    store: createIdempotencyStore(core.database.db),
    clock: core.clock,
  });
  const identity = createIdentity({ ...core, store: core.identity });
  const { authenticator } = identity;
  const referrals = { attribute: () => null, purchaseChanged: () => {} };
  const payments = createPayments({ ...core, referrals });
  const app = buildApp(core, { jobs, idempotency, identity, payments });
  const maintenance = createMaintenance({ parts: jobs.parts, authenticator, idempotency });
  building.defer(() => maintenance.stop());
  await maintenance.sweepAtStart();
  await jobs.recover();
  core.webhooks.wake();
  if (!core.isLedgerChecked) core.books.begin();
  const built = building.move();
  const stop = async ({ graceSeconds = core.settings.shutdown.graceSeconds } = {}) => {
    await using _closedAtLast = built;
    await endJobs(graceSeconds);
    await drain(core.room.end(app), drainSecondsMax);
    // On a full disk it fails, and is worth no more than this.
    await authenticator.flushLastUsed().catch((error) => core.log.warn('key usage is lost', { error }));
  };
  let stopping: Promise<void> | undefined;
  return {
    app,
    desk: jobs.desk,
    firstRun: core.firstRun,
    listening: (origin) => {
      core.listeningOrigin = origin;
      core.room.watch(app);
    },
    maintain: () => maintenance.roundNow(),
    stop: (stopOptions) => (stopping ??= stop(stopOptions)),
  };
}

type Core = Awaited<ReturnType<typeof openCore>>;

/** What everything else stands on: the held data folder, the database and the parts that only need those. */
async function openCore(options: ApplianceOptions, building: AsyncDisposableStack) {
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
  return { ...options, ...built, ...clocks, room, firstRun: started, listeningOrigin: '' };
}

async function buildJobs(core: Core): Promise<Jobs> {
  const { settings, steadyClock, log } = core;
  const { dataFolder, projectRoot, inputs, runner } = settings;
  const storage = await createStorage({
    dataFolder,
    outputBytesMax: runner.maxOutputBytes,
    limits: stagingLimits(inputs),
    lowWaterBytes: settings.storage.lowWaterBytes,
    expire: (freeBytesWanted) => expireOutputs(jobs.parts, freeBytesWanted),
    ...{ guardedFetch: core.guardedFetch, clock: core.retentionClock, steadyClock, log },
  });
  mkdirSync(storage.filesRoot, { recursive: true });
  const { manifests, models, runners } = await createEngines({
    ...{ settings, clock: steadyClock, log, environment: core.environment },
    modelsFolder: core.modelsFolder ?? join(projectRoot, 'models'),
    scratchRoot: storage.scratchRoot,
  });
  const jobs = createJobs({
    ...core,
    ...storage,
    runners,
    models,
    store: createJobStore(core.database.db),
    keySpending: createKeySpendingStore(core.database),
    estimates: createEstimates(new Map(manifests.map(({ name, estimate }) => [name, estimate]))),
    judgeUrl: (url) => core.guardedFetch.judge(url)?.message ?? null,
    capacity: { cpu: settings.scheduler.cpuSlots || availableParallelism() },
    rules: jobRules(settings, { filesRoot: storage.filesRoot, manifests }),
  });
  return jobs;
}

function buildApp(
  core: Core,
  parts: { jobs: Jobs; idempotency: Idempotency; identity: IdentityParts; payments: Payments },
): App {
  const { settings, steadyClock, log } = core;
  const { requireKey, callers, store } = parts.identity;
  const originOf = ({ url }: Request) =>
    publicUrl(settings) || (URL.parse(url)?.origin ?? core.listeningOrigin);
  return createApp({
    log,
    version: packageJson.version,
    bodyBytesMax: settings.server.maxBodyBytes,
    bodyBytesAtOnceMax: settings.server.maxBodyBytesAtOnce,
    assertKey: (request) => void callers.identify(request),
    health: createHealth({
      ...{ ...parts.jobs.parts, clock: steadyClock, version: packageJson.version },
      problems: [core.books.problem, core.room.problem],
    }),
    room: core.room,
    secretOf: core.secretOf,
    identity: parts.identity,
    payments: parts.payments,
    jobs: {
      ...{ parts: parts.jobs.parts, desk: parts.jobs.desk },
      ...{ requireKey, idempotency: parts.idempotency, originOf },
    },
    admin: { ...core, requireKey, store, checkBooks: core.books.check },
  });
}

/** Without a slash at its end; empty where none is set. */
function publicUrl({ server }: Settings): string {
  return server.publicUrl.replace(/\/+$/, '');
}
