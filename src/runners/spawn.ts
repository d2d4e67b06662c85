import { lowerPriority } from '../media/background-process.ts';
import { killGroup } from './process-group.ts';

export interface ChildExit {
  exitCode: number | null;
  signal: string | null;
}

/** A running child with its three pipes, leader of its own process group. */
export interface RunnerChild {
  pid: number;
  stdout: ReadableStream<Uint8Array>;
  stderr: ReadableStream<Uint8Array>;
  exited: Promise<ChildExit>;
  /** Resolves when the pipe has taken the text, rejects when the child has closed it. */
  write: (text: string) => Promise<void>;
  /** Tells the child that nothing more will come: it ends by itself. */
  closeInput: () => Promise<void>;
  /** Kills the child and everything that it started. */
  kill: () => void;
}

/**
 * Starts a runner program. `detached` makes the child call setsid(2): it leads a session and group of its own,
 * so that one kill reaches its grandchildren (ffmpeg) too and a Ctrl-C in the terminal reaches only the appliance.
 * @throws the system's error when the program can't be started (ENOENT, EACCES)
 */
export function spawnChild(options: {
  command: readonly string[];
  folder: string;
  environment: Record<string, string>;
}): RunnerChild {
  const child = Bun.spawn([...options.command], {
    cwd: options.folder,
    env: options.environment,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    detached: true,
  });
  lowerPriority(child.pid);
  return {
    pid: child.pid,
    stdout: child.stdout,
    stderr: child.stderr,
    exited: child.exited.then(() => {
      const signal = child.signalCode === null ? null : String(child.signalCode);
      return { exitCode: child.exitCode, signal };
    }),
    write: writeInTurns(child.stdin),
    async closeInput() {
      await child.stdin.end();
    },
    kill: () => killGroup(child.pid),
  };
}

/** What is written in one turn of the event loop goes to the child in one piece. */
function writeInTurns(stdin: Bun.FileSink): RunnerChild['write'] {
  let flushed: Promise<void> | undefined;
  const flush = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    flushed = undefined;
    await stdin.flush();
  };
  return async (text) => {
    await stdin.write(text);
    await (flushed ??= flush());
  };
}
