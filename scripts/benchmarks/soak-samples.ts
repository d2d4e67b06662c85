import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openFiles, processTree, proportionalBytes, residentBytes } from './process-tree.ts';
import { slope } from './statistics.ts';

export interface SoakSample {
  minutes: number;
  serverBytes: number;
  /** Server and runners, each page once. */
  totalBytes: number;
  openFiles: number;
  /** What the server has started, and what that has started. */
  children: number;
  /** In the folders of attempts and of requests; none when nothing goes on. */
  workFiles: number;
}

const sampleMs = 5000;

export function takeSample(serverPid: number, dataFolder: string, minutes: number): SoakSample {
  const tree = processTree(serverPid);
  const folders = [join(dataFolder, 'scratch'), join(dataFolder, 'files/staging')];
  return {
    minutes,
    serverBytes: residentBytes(serverPid),
    totalBytes: tree.reduce((sum, { pid }) => sum + proportionalBytes(pid), 0),
    openFiles: openFiles(serverPid),
    children: tree.length - 1,
    workFiles: folders.reduce((sum, folder) => sum + entries(folder), 0),
  };
}

/** Samples every few seconds until it is told to stop. */
export function keepSampling(serverPid: number, dataFolder: string): () => SoakSample[] {
  const samples: SoakSample[] = [];
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const minutes = (performance.now() - startedAt) / 60_000;
    samples.push(takeSample(serverPid, dataFolder, minutes));
  }, sampleMs);
  return () => {
    clearInterval(timer);
    return samples;
  };
}

/** Growth in bytes a minute, over the last two thirds of the time: the first is for growing up. */
export function growth(samples: readonly SoakSample[], of: 'serverBytes' | 'totalBytes'): number {
  const late = samples.slice(Math.floor(samples.length / 3));
  return late.length < 2 ? 0 : slope(late.map((sample) => ({ x: sample.minutes, y: sample[of] })));
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
