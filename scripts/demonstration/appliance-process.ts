import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

const projectRoot = join(import.meta.dir, '../..');
const logLinesShown = 12;

/** The appliance ended before anyone asked it to. */
export class ApplianceEnded extends Error {
  constructor({ exitCode, lastLines }: { exitCode: number | null; lastLines: string }) {
    const how = exitCode === null ? 'by a signal' : `with exit code ${exitCode}`;
    super(`The appliance ended ${how}. The end of its log:\n\n${lastLines}`);
    this.name = 'ApplianceEnded';
  }
}

export interface ApplianceProcess {
  pid: number;
  origin: string;
  /** Resolves when the process is gone, for whatever reason. */
  ended: Promise<ApplianceEnded>;
  /** SIGTERM, and the end of the process. A second call kills it. */
  stop(): Promise<void>;
}

export interface ApplianceProcessOptions {
  dataFolder: string;
  /** Runners may finish their jobs when it is stopped, unless nobody will want them. */
  isTemporary: boolean;
  port: number | null;
  logPath: string;
  environment: Record<string, string | undefined>;
}

/**
 * Starts `src/main.ts` as a child and waits until it listens. Its log goes to a file.
 * @throws ApplianceEnded when it can't start
 */
export async function startAppliance(options: ApplianceProcessOptions): Promise<ApplianceProcess> {
  const { dataFolder, isTemporary, port, logPath, environment } = options;
  const child = Bun.spawn([process.execPath, 'run', 'src/main.ts'], {
    cwd: projectRoot,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: {
      ...(isTemporary ? { KT_SHUTDOWN_GRACE_SECONDS: '0' } : {}),
      ...environment,
      KT_DATA_DIR: dataFolder,
      KT_PORT: String(port ?? environment.KT_PORT ?? 0),
      // The URLs of outputs lead to this process, whatever a settings file says.
      KT_PUBLIC_URL: '',
    },
  });
  const ended = Promise.all([child.exited, keepLog(child.stderr, logPath)]).then(
    ([, lastLines]) => new ApplianceEnded({ exitCode: child.exitCode, lastLines }),
  );
  const origin = await Promise.race([listeningOrigin(child.stdout), ended]);
  if (origin instanceof ApplianceEnded) throw origin;
  let isStopping = false;
  return {
    pid: child.pid,
    origin,
    ended,
    stop: async () => {
      child.kill(isStopping ? 'SIGKILL' : 'SIGTERM');
      isStopping = true;
      await child.exited;
    },
  };
}

/** Appends what is written to the log. @returns its last lines, when it ends */
async function keepLog(stderr: ReadableStream<Uint8Array>, logPath: string): Promise<string> {
  let lines: string[] = [];
  for await (const chunk of stderr.pipeThrough(new TextDecoderStream())) {
    appendFileSync(logPath, chunk);
    const [unfinished = '', ...rest] = chunk.split('\n');
    lines = [...lines.slice(0, -1), (lines.at(-1) ?? '') + unfinished, ...rest].slice(-logLinesShown - 1);
  }
  return lines
    .map((line) => `  ${line}`)
    .join('\n')
    .trimEnd();
}

/** The address that the appliance says it listens on. Waits for ever where it ends without saying. */
function listeningOrigin(stdout: ReadableStream<Uint8Array>): Promise<string> {
  return new Promise((resolve, reject) => {
    const read = async () => {
      let text = '';
      // Reads on after it was found, so that the pipe never fills.
      for await (const chunk of stdout.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const [, origin] = /listens on (\S+)/.exec(text) ?? [];
        if (origin !== undefined) resolve(origin);
      }
    };
    read().catch(reject);
  });
}
