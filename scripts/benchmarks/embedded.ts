import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchAppliance, withAppliance } from './bench-appliance.ts';
import { type EmbeddedJob, embeddedJobs } from './embedded-jobs.ts';
import type { BenchOptions } from './options.ts';
import { peakResidentBytes, processTree, residentBytes } from './process-tree.ts';
import { print, report, table } from './table.ts';

const sampleMs = 50;

interface EmbeddedFigures {
  /** In the runner, from its task to its answer. */
  runnerSeconds: number;
  /** From the submit to the finished job, with the start of the runner and the check of its output. */
  wholeSeconds: number;
  /** The runner's own peak. */
  runnerBytes: number;
  /** The highest sum seen of the runner and the programs it started. */
  treeBytes: number;
}

/** Seconds and memory of each embedded engine, one job at a time, each on an appliance of its own. */
export async function benchmarkEmbedded({ only }: BenchOptions): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'kt-embedded-'));
  const rows: string[][] = [];
  let isFastEnough = true;
  try {
    const jobs = (await embeddedJobs(folder)).filter(({ title }) => title.includes(only));
    for (const job of jobs) {
      report(job.title);
      const figures = await withAppliance({}, (appliance) => measureJob(appliance, job));
      isFastEnough &&= figures.wholeSeconds <= (job.secondsMax ?? Number.POSITIVE_INFINITY);
      rows.push(rowOf(job, figures));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const headings = [
    'job',
    'runner s',
    'submit to done s',
    'runner peak MB',
    'with its programs MB',
    'target s',
  ];
  print(table(headings, rows));
  return isFastEnough;
}

function rowOf({ title, secondsMax }: EmbeddedJob, figures: EmbeddedFigures): string[] {
  const { runnerSeconds, wholeSeconds, runnerBytes, treeBytes } = figures;
  const seconds = [runnerSeconds, wholeSeconds].map((value) => value.toFixed(2));
  const megabytes = [runnerBytes, treeBytes].map((bytes) => (bytes / 1e6).toFixed(0));
  return [title, ...seconds, ...megabytes, secondsMax === undefined ? '' : `< ${secondsMax}`];
}

async function measureJob(
  appliance: BenchAppliance,
  { title, task, input }: EmbeddedJob,
): Promise<EmbeddedFigures> {
  const { client, origin, apiKey, pid } = appliance;
  const memory = watchRunner(pid);
  try {
    const startedAt = performance.now();
    const { jobId } = await client.submit({ task, input });
    const url = `${origin}/api/v1/media/jobs?jobId=${jobId}&includeDetails=1`;
    for (;;) {
      const response = await fetch(url, { headers: { authorization: `Bearer ${apiKey}` } });
      const job: { status: string; error?: object; upstream?: { measurements: { seconds: number } } } =
        JSON.parse(await response.text());
      if (job.error) throw new Error(`${title} failed: ${JSON.stringify(job.error)}`);
      if (job.status === 'succeeded') {
        const wholeSeconds = (performance.now() - startedAt) / 1000;
        return { wholeSeconds, runnerSeconds: job.upstream?.measurements.seconds ?? 0, ...memory.peak() };
      }
      await Bun.sleep(sampleMs);
    }
  } finally {
    memory.stop();
  }
}

/** Looks again and again at what the server has started. */
function watchRunner(serverPid: number) {
  const peak = { runnerBytes: 0, treeBytes: 0 };
  const sample = () => {
    const [, runner, ...programs] = processTree(serverPid);
    if (!runner) return;
    const now = [runner, ...programs].reduce((sum, { pid }) => sum + residentBytes(pid), 0);
    peak.runnerBytes = Math.max(peak.runnerBytes, peakResidentBytes(runner.pid));
    peak.treeBytes = Math.max(peak.treeBytes, now, peak.runnerBytes);
  };
  const timer = setInterval(sample, sampleMs);
  return {
    stop: () => clearInterval(timer),
    peak: () => {
      sample();
      return peak;
    },
  };
}
