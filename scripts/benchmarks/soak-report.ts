import type { SoakCounts } from './soak-load.ts';
import { growth, type SoakSample } from './soak-samples.ts';
import { table } from './table.ts';

/** What was seen of a soak. */
export interface SoakRun {
  /** When every runner was up and nothing went on. */
  before: SoakSample;
  samples: readonly SoakSample[];
  /** When nothing went on any more. */
  after: SoakSample;
  counts: SoakCounts;
  /** Sentences about what else went wrong. */
  faults: readonly string[];
}

/** Sockets and timers that may differ between two quiet moments. */
const openFilesSlack = 4;
/** A slope below this can't be told from noise in ten minutes. */
const growthMegabytesPerMinuteMax = 1;
/** Shorter runs say too little of growth: caches fill, and the compiler warms up. */
const growthMinutesMin = 10;

export function eventTable({ events }: SoakCounts): string {
  return table(
    ['what happened', 'times'],
    [...events].sort(([a], [b]) => a.localeCompare(b)).map(([name, times]) => [name, String(times)]),
  );
}

export function sampleTable(run: SoakRun): string {
  return table(
    ['', 'before', 'most', 'after', 'growth a minute', '95 % of it within'],
    [
      memoryRow('server, MB', 'serverBytes', run),
      memoryRow('without its pages of the database', 'serverRestBytes', run),
      memoryRow('its runners, MB', 'runnersBytes', run),
      memoryRow('its database, MB', 'databaseBytes', run),
      row("server's open files", 'serverFiles', run),
      row("its runners' open files", 'runnersFiles', run),
      row('child processes', 'children', run),
      row('orphans', 'orphans', run),
      row('files at work', 'workFiles', run),
    ],
  );
}

/** Sentences about what leaked, failed or grew; none when all is well. */
export function findFaults(run: SoakRun): string[] {
  const { before, after, samples, counts } = run;
  const faults = [...counts.errors].map(([message, times]) => `${times} × ${message}`);
  faults.push(...run.faults);
  for (const [what, of] of [
    ['The server', 'serverFiles'],
    ['Its runners', 'runnersFiles'],
  ] as const) {
    const leaked = after[of] - before[of];
    if (leaked > openFilesSlack) faults.push(`${what} leaked ${leaked} open files.`);
  }
  const leakedChildren = after.children - before.children;
  if (leakedChildren > 0) faults.push(`${leakedChildren} child processes leaked.`);
  if (after.orphans > 0) faults.push(`${after.orphans} processes are left without their parent.`);
  if (after.workFiles > 0) faults.push(`${after.workFiles} files at work were left behind.`);
  if (isLongEnough(samples)) faults.push(...growthFaults(samples));
  return faults;
}

export function isLongEnough(samples: readonly SoakSample[]): boolean {
  return Math.round(samples.at(-1)?.minutes ?? 0) >= growthMinutesMin;
}

function growthFaults(samples: readonly SoakSample[]): string[] {
  return (['serverRestBytes', 'runnersBytes'] as const).flatMap((of) => {
    const { slope, low } = growth(samples, of);
    // Growth that may as well be none is noise.
    if (slope / 1e6 <= growthMegabytesPerMinuteMax || low <= 0) return [];
    const what =
      of === 'serverRestBytes' ? 'The server grows, without its pages of the database,' : 'Its runners grow';
    return [`${what} by ${megabytes(slope)} MB a minute.`];
  });
}

function memoryRow(title: string, of: keyof SoakSample, run: SoakRun): string[] {
  const { slope, low, high } = growth(run.samples, of);
  return [...row(title, of, run, megabytes), megabytes(slope), `${megabytes(low)} … ${megabytes(high)}`];
}

function row(
  title: string,
  of: keyof SoakSample,
  { before, samples, after }: SoakRun,
  format: (value: number) => string = String,
): string[] {
  const most = Math.max(...samples.map((sample) => sample[of]));
  return [title, ...[before[of], most, after[of]].map(format)];
}

function megabytes(bytes: number): string {
  return Number.isNaN(bytes) ? '' : (bytes / 1e6).toFixed(1);
}
