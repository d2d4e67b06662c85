import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Who a process is beyond its number, which the system gives again to others. */
interface ProcessIdentity {
  pid: number;
  /** Clock ticks from boot to the process's start: field 22 of `/proc/<pid>/stat`, see proc(5). */
  startTicks: string;
  bootId: string;
}

/**
 * Kills a group leader and everything it started, at once. A group that is gone already is fine.
 * @returns whether there was one
 */
export function killGroup(leaderPid: number): boolean {
  try {
    process.kill(-leaderPid, 'SIGKILL');
    return true;
  } catch (error) {
    if (isErrorCode(error, 'ESRCH')) return false;
    throw error;
  }
}

/** Writes `<runFolder>/<model>.pid`, for {@link killLeftovers}. Does nothing where there is no `/proc`. */
export async function recordProcess(options: {
  runFolder: string;
  model: string;
  pid: number;
}): Promise<void> {
  const identity = await identify(options.pid);
  if (!identity) return;
  await mkdir(options.runFolder, { recursive: true });
  await writeFile(join(options.runFolder, `${options.model}.pid`), JSON.stringify(identity));
}

export async function forgetProcess(options: { runFolder: string; model: string }): Promise<void> {
  await rm(join(options.runFolder, `${options.model}.pid`), { force: true });
}

/**
 * Kills the runners that a killed appliance left behind; to be called before the first runner starts.
 * A process is killed only if its number, start time and boot are the recorded ones. Where the runner itself is
 * gone, what it started (ffmpeg) may go on in its group, whose number the system gives to nobody else meanwhile.
 * @returns the models of which something was still alive
 */
export async function killLeftovers(runFolder: string): Promise<string[]> {
  const killed: string[] = [];
  await mkdir(runFolder, { recursive: true });
  for (const file of (await readdir(runFolder)).filter((name) => name.endsWith('.pid'))) {
    const recorded = parseIdentity(await readFile(join(runFolder, file), 'utf8'));
    if (recorded && (await isOurs(recorded)) && killGroup(recorded.pid)) {
      killed.push(file.slice(0, -'.pid'.length));
    }
    await rm(join(runFolder, file), { force: true });
  }
  return killed;
}

async function isOurs(recorded: ProcessIdentity): Promise<boolean> {
  const now = await identify(recorded.pid);
  if (now) return now.startTicks === recorded.startTicks && now.bootId === recorded.bootId;
  return recorded.bootId === (await readBootId());
}

async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

async function identify(pid: number): Promise<ProcessIdentity | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const bootId = await readBootId();
    // The second field is the program's name in parentheses and may hold anything; the 22nd is the 20th after it.
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return startTicks ? { pid, startTicks, bootId } : null;
  } catch (error) {
    if (isErrorCode(error, 'ENOENT') || isErrorCode(error, 'ESRCH')) return null;
    throw error;
  }
}

/** A half-written or foreign file names no process. */
function parseIdentity(text: string): ProcessIdentity | null {
  const match = /^\{"pid":(\d+),"startTicks":"(\d+)","bootId":"([0-9a-f-]+)"\}$/.exec(text);
  if (!match?.[1] || !match[2] || !match[3]) return null;
  return { pid: Number(match[1]), startTicks: match[2], bootId: match[3] };
}

function isErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
