import { readdirSync, readFileSync } from 'node:fs';

/** What Linux tells of processes in `/proc`. A process that is gone counts nothing. */

export interface TreeProcess {
  pid: number;
  parentPid: number;
  command: string;
}

/** The process, then those that it started, then those that these started, as they are now. */
export function processTree(rootPid: number): TreeProcess[] {
  const all = allProcesses();
  const tree = all.filter(({ pid }) => pid === rootPid);
  for (const { pid } of tree) tree.push(...all.filter(({ parentPid }) => parentPid === pid));
  return tree;
}

/** Every process that was started with this variable, or whose ancestor was, wherever it hangs by now. */
export function processesWith(name: string, value: string): TreeProcess[] {
  return allProcesses().filter(({ pid }) =>
    read(`/proc/${pid}/environ`).split('\0').includes(`${name}=${value}`),
  );
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

/** One that has ended is none, even where nobody has asked for its exit code yet. */
function allProcesses(): TreeProcess[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => {
      // The program's name is in brackets and may hold anything; the parent stands second behind it.
      const [, , parent = ''] = read(`/proc/${entry}/stat`).split(')').at(-1)?.split(' ') ?? [];
      const command = read(`/proc/${entry}/cmdline`).replaceAll('\0', ' ').trim();
      return { pid: Number(entry), parentPid: Number(parent), command };
    })
    .filter(({ command }) => command !== '');
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
