import { join } from 'node:path';
import Database from 'better-sqlite3';
import { checkLedger, LedgerBroken } from '../ledger/invariants.ts';
import type { CrashClient } from './crash-client.ts';
import { mayHaveEnded } from './crash-jobs.ts';
import { findLeftovers } from './leftover-files.ts';
import type { ReceivedWebhook } from './webhook-receiver.ts';

/** What became of the jobs after so many kills. All but the acknowledged must be 0 or empty. */
export interface CrashReport {
  /** Jobs that a client was told of. */
  acknowledged: number;
  /** Acknowledged, and not there. */
  lost: number;
  /** Jobs beyond one for each idempotency key, and keys that were answered with two jobs. */
  duplicated: number;
  /** Charges beyond one for each job. */
  chargedTwice: number;
  /** Jobs that are not over although the appliance was left alone at last. */
  unfinished: number;
  /** Jobs that are over in another way than their client was told, or than their kind ends. */
  wronglyEnded: number;
  /** Jobs whose webhook never came. */
  webhooksMissing: number;
  /** Webhooks that told of another end than the one that is on record. */
  webhooksUntrue: number;
  /** See {@link findLeftovers}. */
  leftovers: readonly string[];
  ledgerProblems: readonly string[];
}

/** Jobs and deliveries that are not over. */
export function countOpen(dataFolder: string): number {
  return read(dataFolder, (database) => {
    const count = (statement: string) => database.prepare<[], number>(statement).pluck().get() ?? 0;
    return (
      count("SELECT count(*) FROM jobs WHERE status IN ('queued', 'running')") +
      count('SELECT count(*) FROM webhook_deliveries WHERE next_attempt_at IS NOT NULL')
    );
  });
}

/** Reads the books of an appliance that is stopped, and holds them against what its clients were told. */
export function readBooks(told: {
  dataFolder: string;
  clients: readonly CrashClient[];
  webhooks: readonly ReceivedWebhook[];
}): CrashReport {
  const { dataFolder, clients } = told;
  return read(dataFolder, (database) => {
    const rows = database.prepare<[], { id: string; status: string }>('SELECT id, status FROM jobs').all();
    const statuses = new Map(rows.map(({ id, status }) => [id, status]));
    const promised = clients.flatMap(({ acknowledged }) => [...acknowledged.values()]);
    const mismatches = clients.reduce((sum, client) => sum + client.mismatches, 0);
    const charges = "SELECT count(*) FROM transfers WHERE code = 'charge'";
    const chargeCount = database.prepare<[], number>(charges).pluck().get() ?? 0;
    const known = promised.flatMap((job) => ({ job, status: statuses.get(job.jobId) ?? 'lost' }));
    const isOpen = (status: string) => status === 'queued' || status === 'running';
    const ended = known.filter(({ status }) => !isOpen(status) && status !== 'lost');
    const webhooks = told.webhooks.map(endIn);
    const heardOf = new Set(webhooks.map(({ jobId }) => jobId));
    return {
      acknowledged: promised.length,
      lost: promised.filter(({ jobId }) => !statuses.has(jobId)).length,
      duplicated: mismatches + Math.max(0, statuses.size - promised.length),
      chargedTwice: Math.max(0, chargeCount - statuses.size),
      unfinished: rows.filter(({ status }) => isOpen(status)).length,
      wronglyEnded: ended.filter(({ job, status }) => !mayHaveEnded(job, status)).length,
      webhooksMissing: ended.filter(({ job }) => !heardOf.has(job.jobId)).length,
      webhooksUntrue: webhooks.filter(({ jobId, status }) => statuses.get(jobId) !== status).length,
      leftovers: findLeftovers(dataFolder),
      ledgerProblems: ledgerProblems(database),
    };
  });
}

function endIn({ body }: ReceivedWebhook): { jobId: string; status: string } {
  const { data }: { data: { jobId: string; status: string } } = JSON.parse(body);
  return data;
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

function read<T>(dataFolder: string, work: (database: Database.Database) => T): T {
  const database = new Database(join(dataFolder, 'appliance.sqlite'), { readonly: true });
  try {
    return work(database);
  } finally {
    database.close();
  }
}
