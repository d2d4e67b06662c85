import { getPriority, setPriority } from 'node:os';

/** Below the appliance's own 0, so that HTTP stays fast while others compute. */
const backgroundNiceness = 10;

/**
 * Gives a child just started the background's priority, or leaves it this process's own where that is lower. At once, before the child has threads: Linux sets the
 * niceness of one thread, and new ones inherit it.
 */
export function lowerPriority(pid: number): void {
  try {
    setPriority(pid, Math.max(backgroundNiceness, getPriority()));
  } catch (error) {
    // ESRCH: the child has ended already, which its exit reports.
    if (!(error instanceof Error && error.message.includes('ESRCH'))) throw error;
  }
}

/**
 * The command that ends with the process that starts it, even where that is killed: the kernel sends the signal, see
 * PR_SET_PDEATHSIG in prctl(2). `setpriv` becomes the program, so the process id is the program's own. Without
 * `setpriv` (util-linux) it is the command as it was; and so it is without the program, whose absence is then reported
 * in the usual way.
 */
export function endingWithParent(command: readonly [string, ...string[]]): string[] {
  const canWrap = Bun.which('setpriv') !== null && Bun.which(command[0]) !== null;
  return canWrap ? ['setpriv', '--pdeathsig', 'KILL', ...command] : [...command];
}
