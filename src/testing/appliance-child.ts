import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './test-appliance.ts';

/** `appliance-program.ts` as a child process, reached over HTTP only. */
export interface ApplianceChild {
  pid: number;
  origin: string;
  /** The first key of its data folder. */
  apiKey: string;
  /** SIGKILL, as a power cut would end it. */
  kill(): Promise<void>;
  /** SIGTERM, and its orderly end. */
  stop(): Promise<void>;
  /** Null until it has ended. */
  exitCode(): number | null;
}

interface ApplianceChildOptions {
  dataFolder: string;
  /** See `fakeModels`. */
  modelsFolder: string;
  /** Settings as `KT_…` variables. */
  settings: Record<string, string>;
  /** Options of Bun itself, such as `--cpu-prof`. */
  bunOptions?: readonly string[];
  /** A command that runs it, which is appended: in a namespace, under a limit, … */
  launcher?: readonly string[];
  /** Kills it when it fires, even before it listens. */
  killed?: AbortSignal;
}

/** Starts it and waits until it listens. @throws Error when it ends before that; its stderr is the caller's */
export async function startApplianceChild(options: ApplianceChildOptions): Promise<ApplianceChild> {
  const { dataFolder, modelsFolder, settings, bunOptions = [], launcher = [], killed } = options;
  const program = 'src/testing/appliance-program.ts';
  const child = Bun.spawn([...launcher, process.execPath, ...bunOptions, 'run', program, modelsFolder], {
    cwd: projectRoot,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
    killSignal: 'SIGKILL',
    ...(killed === undefined ? {} : { signal: killed }),
    env: { ...process.env, ...settings, KT_DATA_DIR: dataFolder },
  });
  const { value } = await child.stdout.getReader().read();
  if (!value) throw new Error(`The appliance ended with exit code ${await child.exited}.`);
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    child.kill(signal);
    await child.exited;
  };
  return {
    pid: child.pid,
    origin: new TextDecoder().decode(value).trim(),
    apiKey: readApiKey(dataFolder),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    exitCode: () => child.exitCode,
  };
}

function readApiKey(dataFolder: string): string {
  const text = readFileSync(join(dataFolder, 'first-run.txt'), 'utf8');
  return /^KT_API_KEY=(.+)$/m.exec(text)?.[1] ?? '';
}
