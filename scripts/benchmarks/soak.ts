import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findLeftovers } from '../../src/testing/leftover-files.ts';
import { type BenchAppliance, withAppliance } from './bench-appliance.ts';
import type { BenchOptions } from './options.ts';
import { processesWith } from './process-tree.ts';
import { SoakClient } from './soak-client.ts';
import { smallJobs } from './soak-jobs.ts';
import { emptyCounts, visitOnce, visitUntil } from './soak-load.ts';
import { eventTable, findFaults, isLongEnough, sampleTable, type SoakRun } from './soak-report.ts';
import { keepSampling, takeSample } from './soak-samples.ts';
import { print, report } from './table.ts';

const accounts = 4;
const usersAtOnce = 6;
/** Idle connections are closed by then, and finished jobs tidied up. */
const settleMs = 15_000;

const settings = {
  KT_PRICING_DRAFT_MULTIPLIER: '1',
  KT_RATE_LIMIT_WRITES_PER_MINUTE: '100000',
  KT_RATE_LIMIT_READS_PER_MINUTE: '1000000',
  KT_LOG_LEVEL: 'warn',
};

/** Mixed load on the embedded engines, then a look at what is left of it. */
export async function benchmarkSoak({ minutes }: BenchOptions): Promise<boolean> {
  // Names all processes of this run, and shows what they leave outside of the data folder.
  const temporaryFolder = mkdtempSync(join(tmpdir(), 'kt-soak-'));
  try {
    const run = await withAppliance({ ...settings, TMPDIR: temporaryFolder }, (appliance) =>
      soak({ ...appliance, temporaryFolder }, minutes),
    );
    print(`\n${eventTable(run.counts)}\n${sampleTable(run)}\n`);
    const faults = [...findFaults(run), ...findSurvivors(temporaryFolder)];
    for (const fault of faults) print(`  ${fault}\n`);
    if (faults.length === 0) print('  Nothing leaked, nothing failed.\n');
    if (!isLongEnough(run.samples)) print('  The run was too short to judge the growth of memory.\n');
    return faults.length === 0;
  } finally {
    rmSync(temporaryFolder, { recursive: true });
  }
}

type SoakAppliance = BenchAppliance & { temporaryFolder: string };

async function soak(appliance: SoakAppliance, minutes: number): Promise<SoakRun> {
  const { dataFolder, workFolder } = appliance;
  const jobs = await smallJobs(workFolder);
  const clients = await openAccounts(appliance);
  const [first] = clients;
  if (first) await visitOnce(first, jobs);
  await Bun.sleep(settleMs);
  const before = takeSample(appliance, 0);

  report(`${usersAtOnce} users for ${minutes} minutes`);
  const stopSampling = keepSampling(appliance);
  const counts = emptyCounts();
  const endsAt = performance.now() + minutes * 60_000;
  await Promise.all(Array.from({ length: usersAtOnce }, () => visitUntil(endsAt, { clients, jobs, counts })));
  const samples = stopSampling();
  await Bun.sleep(settleMs);
  const after = takeSample(appliance, minutes);
  const ledger = await checkLedger(appliance);
  const faults = [
    ...appliance.errorLines(),
    ...findLeftovers(dataFolder).map((what) => `Left behind: ${what}.`),
    ...(ledger === null ? [] : [`The ledger is broken: ${ledger}`]),
  ];
  return { before, samples, after, counts, faults };
}

/** What outlived the appliance. */
function findSurvivors(temporaryFolder: string): string[] {
  const processes = processesWith('TMPDIR', temporaryFolder);
  const files = readdirSync(temporaryFolder);
  return [
    ...processes.map(({ command }) => `It is stopped, and still there is: ${command}`),
    ...files.map((name) => `It is stopped, and has left behind the temporary file ${name}.`),
  ];
}

async function openAccounts({ origin, dataFolder }: BenchAppliance): Promise<SoakClient[]> {
  return Promise.all(
    Array.from({ length: accounts }, async (_, index) => {
      const response = await asAdmin(origin, dataFolder, 'POST', 'accounts', {
        ...{ name: `soak ${index}`, grantMicros: 1_000_000_000_000 },
      });
      const { apiKey }: { apiKey: string } = JSON.parse(await response.text());
      return new SoakClient({ origin, apiKey });
    }),
  );
}

/** @returns what is wrong, or null */
async function checkLedger({ origin, dataFolder }: BenchAppliance): Promise<string | null> {
  const response = await asAdmin(origin, dataFolder, 'GET', 'ledger/check');
  const text = await response.text();
  return response.status === 200 ? null : text;
}

async function asAdmin(
  origin: string,
  dataFolder: string,
  method: string,
  path: string,
  body?: object,
): Promise<Response> {
  const keys = readFileSync(join(dataFolder, 'first-run.txt'), 'utf8');
  const [, adminKey = ''] = /^KT_ADMIN_KEY=(.+)$/m.exec(keys) ?? [];
  return fetch(`${origin}/api/v1/admin/${path}`, {
    method,
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
