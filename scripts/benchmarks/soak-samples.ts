import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  openFiles,
  processesWith,
  processTree,
  proportionalBytes,
  residentBytes,
  type TreeProcess,
} from './process-tree.ts';
import { medianSlope, type Slope } from './statistics.ts';

/** The appliance that is watched. */
export interface SoakSubject {
  pid: number;
  dataFolder: string;
  /** The `TMPDIR` of all its processes, and of no other. */
  temporaryFolder: string;
}

export interface SoakSample {
  minutes: number;
  serverBytes: number;
  /** Without the pages of the database that it keeps, which grow in number with every job until the cache is full. */
  serverRestBytes: number;
  /** What the server has started, and what that has started: each page once. */
  runnersBytes: number;
  /** All pages of the database, wherever they are written by now. */
  databaseBytes: number;
  serverFiles: number;
  runnersFiles: number;
  children: number;
  /** Processes of the appliance whose parent is none of them. */
  orphans: number;
  /** In the folders of attempts, of requests and for temporary files; none when nothing goes on. */
  workFiles: number;
}

const sampleMs = 5000;
/** SQLite's cache in the server, see `src/db/open.ts`. */
const pageCacheBytes = 32_000 * 1024;

export function takeSample({ pid, dataFolder, temporaryFolder }: SoakSubject, minutes: number): SoakSample {
  const children = processTree(pid)
    .map((process) => process.pid)
    .filter((child) => child !== pid);
  const folders = [join(dataFolder, 'scratch'), join(dataFolder, 'files/staging'), temporaryFolder];
  const serverBytes = residentBytes(pid);
  const databaseBytes = pagesBytes(join(dataFolder, 'appliance.sqlite'));
  return {
    minutes,
    serverBytes,
    serverRestBytes: serverBytes - Math.min(databaseBytes, pageCacheBytes),
    runnersBytes: sum(children.map(proportionalBytes)),
    databaseBytes,
    serverFiles: openFiles(pid),
    runnersFiles: sum(children.map(openFiles)),
    children: children.length,
    orphans: findOrphans(processesWith('TMPDIR', temporaryFolder), pid).length,
    workFiles: sum(folders.map(entries)),
  };
}

function pagesBytes(path: string): number {
  const database = new Database(path, { readonly: true });
  try {
    const pragma = (name: string) => Number(database.pragma(name, { simple: true }));
    return pragma('page_count') * pragma('page_size');
  } finally {
    database.close();
  }
}

function findOrphans(processes: readonly TreeProcess[], serverPid: number): TreeProcess[] {
  const pids = new Set(processes.map(({ pid }) => pid));
  return processes.filter(({ pid, parentPid }) => pid !== serverPid && !pids.has(parentPid));
}

/** Samples every few seconds until it is told to stop. */
export function keepSampling(subject: SoakSubject): () => SoakSample[] {
  const samples: SoakSample[] = [];
  const startedAt = performance.now();
  const timer = setInterval(() => {
    samples.push(takeSample(subject, (performance.now() - startedAt) / 60_000));
  }, sampleMs);
  return () => {
    clearInterval(timer);
    return samples;
  };
}

/** Growth in bytes a minute over the second half of the time: the first is for growing up. */
export function growth(samples: readonly SoakSample[], of: keyof SoakSample): Slope {
  const late = samples.slice(Math.floor(samples.length / 2));
  return medianSlope(late.map((sample) => ({ x: sample.minutes, y: sample[of] })));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function entries(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true }).length;
  } catch (error) {
    // Folders come and go while they are read.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}
