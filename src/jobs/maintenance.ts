import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Idempotency } from '../idempotency/idempotency.ts';
import type { Authenticator } from '../identity/authenticate.ts';
import type { IdentityParts } from '../identity/create-identity.ts';
import type { Log } from '../log.ts';
import { isJobId } from '../storage/folders.ts';
import { expireOutputs } from './expire-outputs.ts';
import type { JobParts } from './parts.ts';
import { isTerminal } from './state.ts';

/** Folders of requests and attempts that nobody has touched for this long are nobody's. */
const orphanHours = 1;

interface MaintenanceOptions {
  parts: JobParts;
  authenticator: Authenticator;
  identity: Pick<IdentityParts, 'deleteExpired'>;
  idempotency: Idempotency;
  /** What other features must do from time to time. */
  otherRounds: readonly { seconds: number; name: string; work: () => Promise<void> }[];
}

/** What must happen from time to time, whatever else goes on. Each round is safe to repeat and to miss. */
interface Maintenance {
  /** Deletes what a crash left behind. Called once, before the first request. */
  sweepAtStart(): Promise<void>;
  /** All rounds at once, which otherwise come by themselves. */
  roundNow(): Promise<void>;
  /** Resolves when the rounds under way are over; no other begins. */
  stop(): Promise<void>;
}

export function createMaintenance(options: MaintenanceOptions): Maintenance {
  const { log } = options.parts;
  const rounds = [
    createRound({ seconds: 10, name: 'key usage', log, work: () => options.authenticator.flushLastUsed() }),
    createRound({ seconds: 5 * 60, name: 'expiry', log, work: () => expire(options) }),
    createRound({ seconds: 60 * 60, name: 'records', log, work: () => forgetOld(options) }),
    ...options.otherRounds.map((round) => createRound({ ...round, log })),
  ];
  return {
    sweepAtStart: () => sweepAtStart(options),
    async roundNow() {
      for (const round of rounds) await round.now();
    },
    async stop() {
      await Promise.all(rounds.map((round) => round.stop()));
    },
  };
}

/** Work that is done every so many seconds, and at one time once. */
function createRound(options: { seconds: number; name: string; log: Log; work: () => Promise<void> }) {
  const { seconds, name, log, work } = options;
  let underWay: Promise<void> | undefined;
  let isStopped = false;
  const now = async () => {
    if (isStopped) return;
    underWay ??= work()
      .catch((error) => log.error(`${name} failed`, { error }))
      .finally(() => (underWay = undefined));
    await underWay;
  };
  // A timer and no calendar: one that is set back for days would stand still for days.
  const timer = setInterval(() => void now(), seconds * 1000);
  return {
    now,
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await underWay;
    },
  };
}

/** Deletes outputs past their time, and earlier when the disk fills. */
async function expire({ parts }: MaintenanceOptions): Promise<void> {
  const { store, rules, retentionClock, cleanUp } = parts;
  await expireOutputs(parts, rules.lowWaterBytes);
  const isRunning = (jobId: string) => store.find(jobId)?.status === 'running';
  await cleanUp.sweepOrphans({ now: retentionClock(), olderThanHours: orphanHours, isRunning });
}

async function forgetOld({ parts, identity, idempotency }: MaintenanceOptions): Promise<void> {
  const now = parts.retentionClock();
  await parts.writer.write(() => {
    identity.deleteExpired(now);
    idempotency.forgetOld(now);
    parts.webhooks.forgetOld(now);
  });
}

/** At a start nothing runs: every scratch folder, and every job folder that no open or stored job owns, goes. */
async function sweepAtStart({ parts }: MaintenanceOptions): Promise<void> {
  const { store, rules, cleanUp } = parts;
  await cleanUp.sweepOrphans({ now: Number.POSITIVE_INFINITY, olderThanHours: 0, isRunning: () => false });
  const folder = join(rules.filesRoot, 'jobs');
  const ended = store.idsWithFiles();
  for (const jobId of (await readdir(folder).catch(() => [])).filter(isJobId)) {
    if (ended.has(jobId)) {
      await cleanUp.removeInputs(jobId);
      continue;
    }
    const status = store.statusOf(jobId);
    if (!status || isTerminal(status)) await cleanUp.removeJob(jobId);
  }
}
