import { readFileSync } from 'node:fs';

/** Of the kernel's clock in `/proc`: the same on every Linux that Bun runs on. */
const ticksPerSecond = 100;

/** Processor time, user and system, of a process and of those it has started that have ended. */
export function cpuSeconds(pid: number): number {
  // The program's name is in brackets and may hold anything: fields 14 to 17 stand 12th to 15th behind it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(')').at(-1)?.trim().split(' ') ?? [];
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
}
