import { join } from 'node:path';
import type { ReadableStreamDefaultReader } from 'node:stream/web';
import type { Log } from '../log.ts';
import { settlesWithin } from './deadline.ts';
import { type Environment, childEnvironment } from './environment.ts';
import { type LogFile, openLogFile } from './log-file.ts';
import { type Manifest, packagesOf, resolveCommand } from './manifest.ts';
import { forgetProcess, recordProcess } from './process-group.ts';
import { type ChildExit, type RunnerChild, spawnChild } from './spawn.ts';

export interface RunnerFolders {
  /** What a manifest's command is relative to, and every child's working directory. */
  project: string;
  /** A Python environment for each folder of `gpu/`, and the packages of programs that have some of their own. */
  environments: string;
  /** `<model>.log` takes the child's stderr. */
  logs: string;
  /** `<model>.pid` names the child while it lives. */
  run: string;
  /** Every job's scratch folder lies somewhere below this one. */
  scratch: string;
}

export interface LaunchOptions {
  manifest: Manifest;
  log: Log;
  folders: RunnerFolders;
  logBytesMax: number;
  /** The parent's environment; the child gets the part that {@link childEnvironment} allows. */
  environment: Environment;
}

/** A grandchild that left the process group may keep stderr open for ever. */
const drainSeconds = 0.5;

/**
 * Starts a manifest's program with its stderr going to its log file and its process on record. `exited` of the answer
 * resolves when the whole group is killed, the log is closed and the record is gone.
 * @throws the system's error when the program can't be started
 */
export async function launchRunner(options: LaunchOptions): Promise<RunnerChild> {
  const { manifest, log, folders, logBytesMax } = options;
  const model = manifest.name;
  const logFile = await openLogFile({ path: join(folders.logs, `${model}.log`), bytesMax: logBytesMax });
  const child = await spawnOrClose(options, logFile);
  // The note helps the next start alone, and the log helps people: neither is worth a job.
  await recordProcess({ runFolder: folders.run, model, pid: child.pid }).catch((error: unknown) => {
    log.error('A runner could not be put on record.', { model, error });
  });
  const reader = child.stderr.getReader();
  const copied = copyToLog(reader, logFile, (error) => {
    log.error('The log of a runner could not be written.', { model, error });
  });

  // The job has its answer by then: a file that can't be closed or deleted takes nothing from it.
  async function attempt(step: () => Promise<void>): Promise<void> {
    await step().catch((error: unknown) => {
      log.error('A runner could not be tidied up after.', { model, error });
    });
  }

  async function cleanUp(): Promise<ChildExit> {
    const exit = await child.exited;
    // What the child started and left behind must not write on, nor hold its pipes open.
    child.kill();
    await attempt(async () => {
      if (!(await settlesWithin(copied, drainSeconds))) await reader.cancel();
      await copied;
    });
    await attempt(() => logFile.close());
    await attempt(() => forgetProcess({ runFolder: folders.run, model }));
    return exit;
  }
  return { ...child, exited: cleanUp() };
}

async function spawnOrClose(options: LaunchOptions, logFile: LogFile): Promise<RunnerChild> {
  const { manifest, folders } = options;
  const { environment: own, command } = manifest;
  const packages =
    own !== undefined && command[0] === 'bun' ? { NODE_PATH: packagesOf(folders.environments, own) } : {};
  try {
    return spawnChild({
      command: resolveCommand(manifest, folders),
      folder: folders.project,
      environment: { ...childEnvironment(options.environment), ...packages },
    });
  } catch (error) {
    await logFile.close();
    throw error;
  }
}

/** Reads on when the log can't be written: a child whose stderr nobody takes stands still. */
async function copyToLog(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  logFile: LogFile,
  onError: (error: unknown) => void,
): Promise<void> {
  let isBroken = false;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    try {
      await logFile.append(read.value);
      isBroken = false;
    } catch (error) {
      if (!isBroken) onError(error);
      isBroken = true;
    }
  }
}
