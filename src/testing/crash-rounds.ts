import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApplianceChild, startApplianceChild } from './appliance-child.ts';
import { CrashClient } from './crash-client.ts';
import { countOpen, type CrashReport, readBooks } from './crash-report.ts';
import { fakeModels } from './test-appliance.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

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
 * behave as they should: each repeats a request without an answer under the same idempotency key. They submit jobs
 * that succeed, with files and without, jobs that fail, and jobs that they cancel. At last the appliance is left
 * alone until all jobs are over and all webhooks are sent, and the books are read.
 */
export async function runCrashRounds({ rounds, onRound }: CrashRoundsOptions): Promise<CrashReport> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'kt-crash-'));
  const modelsFolder = fakeModels('--concurrency', '16');
  await using receiver = startWebhookReceiver();
  const trusting = { ...settings, KT_INPUTS_TRUSTED_ORIGINS: receiver.origin };
  const options = { dataFolder, modelsFolder, settings: trusting };
  const webhookUrl = `${receiver.origin}/ended`;
  const clients = Array.from(
    { length: clientCount },
    (_, index) => new CrashClient({ name: `client-${index}`, webhookUrl }),
  );
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
    return readBooks({ dataFolder, clients, webhooks: receiver.received });
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
  while (performance.now() < endsAt && countOpen(dataFolder) > 0) await Bun.sleep(50);
}
