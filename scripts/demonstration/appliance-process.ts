import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const projectRoot = join(import.meta.dir, '../..');
const logLinesShown = 12;

/** The appliance ended before anyone asked it to. The message holds the end of its log. */
export class ApplianceEnded extends Error {
  constructor(exitCode: number | null, logPath: string) {
    const lines = readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-logLinesShown);
    const tail = lines.map((line) => `  ${line}`).join('\n');
    const how = exitCode === null ? 'by a signal' : `with exit code ${exitCode}`;
    super(`The appliance ended ${how}. The end of its log:\n\n${tail}\n`);
    this.name = 'ApplianceEnded';
  }
}

export interface ApplianceProcess {
  origin: string;
  apiKey: string;
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
    stderr: Bun.file(logPath),
    env: {
      ...(isTemporary ? { KT_SHUTDOWN_GRACE_SECONDS: '0' } : {}),
      ...environment,
      KT_DATA_DIR: dataFolder,
      KT_PORT: String(port ?? environment.KT_PORT ?? 0),
      // The URLs of outputs lead to this process, whatever a settings file says.
      KT_PUBLIC_URL: '',
    },
  });
  const ended = child.exited.then(() => new ApplianceEnded(child.exitCode, logPath));
  const origin = await listeningOrigin(child.stdout);
  if (origin === null) throw await ended;
  let isStopping = false;
  return {
    origin,
    apiKey: readApiKey(options),
    ended,
    stop: async () => {
      child.kill(isStopping ? 'SIGKILL' : 'SIGTERM');
      isStopping = true;
      await child.exited;
    },
  };
}

/** The address that the appliance says it listens on; null where it ends without saying. */
function listeningOrigin(stdout: ReadableStream<Uint8Array>): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const read = async () => {
      let text = '';
      // Reads on after it was found, so that the pipe never fills.
      for await (const chunk of stdout.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const [, origin] = /listens on (\S+)/.exec(text) ?? [];
        if (origin !== undefined) resolve(origin);
      }
      resolve(null);
    };
    read().catch(reject);
  });
}

/** The data folder's first key; on a folder of one's own, `KT_API_KEY` before it. */
function readApiKey({ dataFolder, isTemporary, environment }: ApplianceProcessOptions): string {
  const given = isTemporary ? undefined : environment.KT_API_KEY;
  const path = join(dataFolder, 'first-run.txt');
  const written = existsSync(path) ? /^KT_API_KEY=(.+)$/m.exec(readFileSync(path, 'utf8'))?.[1] : undefined;
  const apiKey = given ?? written;
  if (apiKey === undefined) throw new Error(`There is no key in ${path}: set KT_API_KEY to one.`);
  return apiKey;
}
