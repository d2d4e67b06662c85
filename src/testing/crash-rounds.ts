import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { checkLedger, LedgerBroken } from '../ledger/invariants.ts';
import { type ApplianceChild, startApplianceChild } from './appliance-child.ts';
import { CrashClient } from './crash-client.ts';
import { fakeModels } from './test-appliance.ts';

/** What became of the jobs after so many kills. Everything but the first two must be 0 or empty. */
interface CrashReport {
  rounds: number;
  /** Jobs that a client was told of. */
  acknowledged: number;
  /** Acknowledged, and not there. */
  lost: number;
  /** Jobs beyond one for each idempotency key, and keys that were answered with two jobs. */
  duplicated: number;
  /** Charges beyond one for each job. */
  chargedTwice: number;
  /** Jobs that have not succeeded although the appliance was left alone at last. */
  unfinished: number;
  ledgerProblems: readonly string[];
}

interface CrashRoundsOptions {
  rounds: number;
  /** Told after each round. */
  onRound?: (round: number, acknowledged: number) => void;
}

const clientCount = 8;
/** A start may be killed too: in one round of so many, within the time that a start takes. */
const roundsPerKilledStart = 5;
const startMsMax = 500;
/** After its start, the appliance lives no longer than this. */
const lifeMsMax = 400;
/** In one round of so many all waiting jobs may end first, so that recovery doesn't take longer and longer. */
const roundsPerDrain = 25;
const drainSecondsMax = 300;

const settings = {
  KT_PRICING_DRAFT_MULTIPLIER: '1',
  // Kills at random say nothing of the jobs that they meet.
  KT_JOBS_INTERRUPTIONS_MAX: '1000',
  KT_SCHEDULER_CPU_SLOTS: '16',
  KT_JOBS_QUEUED_PER_ACCOUNT_MAX: '20000',
  KT_RATE_LIMIT_WRITES_PER_MINUTE: '1000000',
  KT_FIRST_RUN_OPERATOR_GRANT_USD: '1000000',
};

/**
 * Kills an appliance under load again and again, at random moments of its work and of its starts. Its clients
 * behave as they should: each repeats a request without an answer under the same idempotency key. At last the
 * appliance is left alone until all jobs are over, and the books are read.
 */
export async function runCrashRounds({ rounds, onRound }: CrashRoundsOptions): Promise<CrashReport> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'kt-crash-'));
  const modelsFolder = fakeModels('--concurrency', '16');
  const options = { dataFolder, modelsFolder, settings };
  const clients = Array.from({ length: clientCount }, (_, index) => new CrashClient(`client-${index}`));
  const acknowledged = () => clients.reduce((sum, client) => sum + client.acknowledged.size, 0);
  try {
    for (let round = 1; round <= rounds; round++) {
      const drains = round % roundsPerDrain === 0;
      const killsStart = round % roundsPerKilledStart === 0 && !drains;
      if (killsStart) await killStart(options);
      else await killAtWork(options, clients, drains);
      onRound?.(round, acknowledged());
    }
    const server = await startApplianceChild(options);
    for (const client of clients) await client.catchUp(server);
    await untilDone(dataFolder);
    await server.stop();
    return { rounds, acknowledged: acknowledged(), ...readBooks(dataFolder, clients) };
  } finally {
    for (const folder of [dataFolder, modelsFolder]) rmSync(folder, { recursive: true });
  }
}

type ServerOptions = Parameters<typeof startApplianceChild>[0];

async function killStart(options: ServerOptions): Promise<void> {
  const killed = AbortSignal.timeout(Math.random() * startMsMax);
  try {
    await (await startApplianceChild({ ...options, killed })).kill();
  } catch (error) {
    if (!killed.aborted) throw error;
  }
}

async function killAtWork(
  options: ServerOptions,
  clients: readonly CrashClient[],
  drains: boolean,
): Promise<void> {
  const server: ApplianceChild = await startApplianceChild(options);
  const submitting = Promise.allSettled(clients.map((client) => client.submitUntilDead(server)));
  await Bun.sleep(Math.random() * lifeMsMax);
  if (drains) await untilDone(options.dataFolder);
  await server.kill();
  for (const outcome of await submitting) if (outcome.status === 'rejected') throw outcome.reason;
}

async function untilDone(dataFolder: string): Promise<void> {
  const endsAt = performance.now() + drainSecondsMax * 1000;
  while (performance.now() < endsAt && count(dataFolder, openJobs) > 0) await Bun.sleep(50);
}

const openJobs = "SELECT count(*) FROM jobs WHERE status IN ('queued', 'running')";
const unfinishedJobs = "SELECT count(*) FROM jobs WHERE status <> 'succeeded'";

function readBooks(
  dataFolder: string,
  clients: readonly CrashClient[],
): Omit<CrashReport, 'rounds' | 'acknowledged'> {
  return read(dataFolder, (database) => {
    const ids = new Set(database.prepare<[], string>('SELECT id FROM jobs').pluck().all());
    const promised = clients.flatMap(({ acknowledged }) => [...acknowledged.values()]);
    const mismatches = clients.reduce((sum, client) => sum + client.mismatches, 0);
    const charges = count(dataFolder, "SELECT count(*) FROM transfers WHERE code = 'charge'");
    return {
      lost: promised.filter((id) => !ids.has(id)).length,
      duplicated: mismatches + Math.max(0, ids.size - promised.length),
      chargedTwice: Math.max(0, charges - ids.size),
      unfinished: count(dataFolder, unfinishedJobs),
      ledgerProblems: ledgerProblems(database),
    };
  });
}

function ledgerProblems(database: Database.Database): readonly string[] {
  try {
    checkLedger(database);
    return [];
  } catch (error) {
    if (error instanceof LedgerBroken) return error.problems;
    throw error;
  }
}

function count(dataFolder: string, statement: string): number {
  return read(dataFolder, (database) => database.prepare<[], number>(statement).pluck().get() ?? 0);
}

function read<T>(dataFolder: string, work: (database: Database.Database) => T): T {
  const database = new Database(join(dataFolder, 'appliance.sqlite'), { readonly: true });
  try {
    return work(database);
  } finally {
    database.close();
  }
}
