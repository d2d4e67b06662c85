import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchAppliance, withAppliance } from './bench-appliance.ts';
import type { BenchOptions } from './options.ts';
import { SoakClient } from './soak-client.ts';
import { smallJobs } from './soak-jobs.ts';
import { emptyCounts, type SoakCounts, visitOnce, visitUntil } from './soak-load.ts';
import { growth, keepSampling, type SoakSample, takeSample } from './soak-samples.ts';
import { print, report, table } from './table.ts';

const accounts = 4;
const usersAtOnce = 6;
/** Idle connections are closed by then, and finished jobs tidied up. */
const settleMs = 15_000;
/** Sockets and timers that may differ between two quiet moments. */
const openFilesSlack = 4;
const growthMegabytesPerMinuteMax = 2;
/** Shorter runs say too little of growth. */
const growthMinutesMin = 10;

const settings = {
  KT_PRICING_DRAFT_MULTIPLIER: '1',
  KT_RATE_LIMIT_WRITES_PER_MINUTE: '100000',
  KT_RATE_LIMIT_READS_PER_MINUTE: '1000000',
  KT_LOG_LEVEL: 'warn',
};

/** Mixed load on the embedded engines, then a look at what is left of it. */
export async function benchmarkSoak({ minutes }: BenchOptions): Promise<boolean> {
  return withAppliance(settings, async (appliance) => {
    const { pid, dataFolder, workFolder } = appliance;
    const jobs = await smallJobs(workFolder);
    const clients = await openAccounts(appliance);
    const [first] = clients;
    if (first) await visitOnce(first, jobs);
    await Bun.sleep(settleMs);
    const before = takeSample(pid, dataFolder, 0);

    report(`${usersAtOnce} users for ${minutes} minutes`);
    const stopSampling = keepSampling(pid, dataFolder);
    const counts = emptyCounts();
    const endsAt = performance.now() + minutes * 60_000;
    const visits = { clients, jobs, counts };
    await Promise.all(Array.from({ length: usersAtOnce }, () => visitUntil(endsAt, visits)));
    const samples = stopSampling();
    await Bun.sleep(settleMs);
    const after = takeSample(pid, dataFolder, minutes);
    const ledger = await checkLedger(appliance);

    print(`\n${eventTable(counts)}\n${sampleTable(before, samples, after)}\n`);
    const errorLines = appliance.errorLines();
    const faults = findFaults({ before, samples, after, counts, errorLines, ledger, minutes });
    print(
      faults.length === 0
        ? '  Nothing leaked, nothing failed.\n'
        : faults.map((fault) => `  ${fault}\n`).join(''),
    );
    return faults.length === 0;
  });
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

function eventTable({ events }: SoakCounts): string {
  return table(
    ['what happened', 'times'],
    [...events].sort(([a], [b]) => a.localeCompare(b)).map(([name, times]) => [name, String(times)]),
  );
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

function sampleTable(before: SoakSample, samples: readonly SoakSample[], after: SoakSample): string {
  const most = (of: keyof SoakSample) => Math.max(...samples.map((sample) => sample[of]));
  const row = (title: string, of: keyof SoakSample, format: (value: number) => string = String) => [
    title,
    ...[before[of], most(of), after[of]].map(format),
  ];
  const perMinute = (of: 'serverBytes' | 'totalBytes') => megabytes(growth(samples, of));
  return table(
    ['', 'before', 'most', 'after', 'growth a minute'],
    [
      [...row('server, MB', 'serverBytes', megabytes), perMinute('serverBytes')],
      [...row('server and runners, MB', 'totalBytes', megabytes), perMinute('totalBytes')],
      row("server's open files", 'openFiles'),
      row('child processes', 'children'),
      row('files at work', 'workFiles'),
    ],
  );
}

function findFaults(run: {
  before: SoakSample;
  samples: readonly SoakSample[];
  after: SoakSample;
  counts: SoakCounts;
  errorLines: readonly string[];
  ledger: string | null;
  minutes: number;
}): string[] {
  const { before, samples, after, counts, errorLines, ledger, minutes } = run;
  const faults = [...counts.errors].map(([message, times]) => `${times} × ${message}`);
  faults.push(...errorLines);
  const leakedFiles = after.openFiles - before.openFiles;
  if (leakedFiles > openFilesSlack) faults.push(`${leakedFiles} open files leaked.`);
  const leakedChildren = after.children - before.children;
  if (leakedChildren > 0) faults.push(`${leakedChildren} child processes leaked.`);
  if (after.workFiles > 0) faults.push(`${after.workFiles} files at work were left behind.`);
  const grown = growth(samples, 'serverBytes') / 1e6;
  if (minutes >= growthMinutesMin && grown > growthMegabytesPerMinuteMax) {
    faults.push(`The server grows by ${grown.toFixed(1)} MB a minute.`);
  }
  if (ledger !== null) faults.push(`The ledger is broken: ${ledger}`);
  return faults;
}
