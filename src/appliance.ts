import { createAffiliates } from './affiliates/create-affiliates.ts';
import { type App } from './http/app.ts';
import { drain } from './http/drain.ts';
import { createIdentity } from './identity/create-identity.ts';
import type { FirstRun } from './identity/first-run.ts';
import { createIdempotency } from './idempotency/idempotency.ts';
import { createIdempotencyStore } from './idempotency/store.ts';
import type { JobDesk } from './jobs/desk.ts';
import { createMaintenance } from './jobs/maintenance.ts';
import { createPayments } from './payments/create-payments.ts';
import { createStudio } from './studio/create-studio.ts';
import { createPlanner } from './studio/planner/choose-planner.ts';
import { buildApp } from './composition/app.ts';
import { type ApplianceOptions, openCore } from './composition/core.ts';
import { buildJobs } from './composition/jobs.ts';

export interface Appliance {
  app: App;
  desk: JobDesk;
  /** The keys of a new data folder, once. */
  firstRun: FirstRun | null;
  /** Called with the address that is listened on: the base of URLs when no request tells. */
  listening: (origin: string) => void;
  /** Deletes what has had its time, and looks for lost payments, now instead of within the next hour. */
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
  const identity = await createIdentity({ ...core, store: core.identity });
  const { authenticator } = identity;
  building.defer(() => identity.email.stop());
  const affiliates = await createAffiliates(core);
  const payments = createPayments({ ...core, referrals: affiliates.referrals });
  const { desk, parts: jobParts } = jobs;
  const { keySpending } = jobParts;
  const planner = createPlanner({ ...core, ...jobParts, errands: jobs.errands });
  const studio = createStudio({ ...core, desk, jobParts, keySpending, planner, errands: jobs.errands });
  const app = buildApp(core, { jobs, idempotency, identity, payments, affiliates, studio });
  const maintenance = createMaintenance({
    ...{ parts: jobs.parts, authenticator, identity, idempotency },
    otherRounds: [{ seconds: 60, name: 'commissions', work: affiliates.release }, ...studio.rounds],
  });
  building.defer(() => maintenance.stop());
  await maintenance.sweepAtStart();
  await jobs.recover();
  building.defer(() => payments.stop());
  payments.start();
  building.defer(() => studio.stop());
  await studio.recover();
  core.webhooks.wake();
  if (!core.isLedgerChecked) core.books.begin();
  if (!core.database.isChecked) core.wholeCheck.begin();
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
      core.ownOrigin.listening(origin);
      core.room.watch(app);
    },
    async maintain() {
      await maintenance.roundNow();
      await payments.lookAgain();
    },
    stop: (stopOptions) => (stopping ??= stop(stopOptions)),
  };
}
