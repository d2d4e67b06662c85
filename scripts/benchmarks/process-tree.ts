import { readdirSync, readFileSync } from 'node:fs';

/** What Linux tells of processes in `/proc`. A process that is gone counts nothing. */

export interface TreeProcess {
  pid: number;
  command: string;
}

/** The process and all that it started, as they are now. */
export function processTree(rootPid: number): TreeProcess[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    // The program's name is in brackets and may hold anything; the parent stands second behind it.
    const [, , parent = ''] = read(`/proc/${name}/stat`).split(')').at(-1)?.split(' ') ?? [];
    parents.set(Number(name), Number(parent));
  }
  const pids = [rootPid];
  for (const pid of pids) {
    for (const [child, parent] of parents) if (parent === pid) pids.push(child);
  }
  return pids
    .map((pid) => ({ pid, command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim() }))
    .filter(({ command }) => command !== '');
}

/** Memory that is its own, and its share of what it has in common with others. */
export function proportionalBytes(pid: number): number {
  return kibibytes(read(`/proc/${pid}/smaps_rollup`), 'Pss');
}

export function residentBytes(pid: number): number {
  return kibibytes(read(`/proc/${pid}/status`), 'VmRSS');
}

/** The most that it ever had. */
export function peakResidentBytes(pid: number): number {
  return kibibytes(read(`/proc/${pid}/status`), 'VmHWM');
}

export function openFiles(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

function kibibytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
