import { mkdtempSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApplianceChild, startApplianceChild } from './appliance-child.ts';
import { type Answer, projectRoot } from './test-appliance.ts';

/** An appliance in a process of its own that tests do their worst to, and what it looks like afterwards. */
export interface AttackedAppliance extends ApplianceChild, AsyncDisposable {
  port: number;
  /** POST with the account's key; text and bytes are sent as they are, all else as JSON. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  /** What an attack that came to nothing must leave as it was. */
  state(): Promise<{ balanceMicros: number; jobs: string[]; files: string[] }>;
  /** Process ids of all its descendants, by name: `bun`, `ffmpeg`, … */
  descendants(): Promise<{ pid: number; name: string; isZombie: boolean }[]>;
  /** Resident memory of its own process, now and at its height. */
  memory(): Promise<{ rssBytes: number; peakBytes: number }>;
}

/** Starts it with the project's own engines (or those of `modelsFolder`); drafts cost their full price. */
export async function startAttackedAppliance(
  options: { settings?: Record<string, string>; modelsFolder?: string; launcher?: readonly string[] } = {},
): Promise<AttackedAppliance> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'kt-attacked-'));
  const settings = { KT_PRICING_DRAFT_MULTIPLIER: '1', KT_RATE_LIMIT_WRITES_PER_MINUTE: '100000' };
  const child = await startApplianceChild({
    dataFolder,
    modelsFolder: options.modelsFolder ?? join(projectRoot, 'models'),
    settings: { ...settings, KT_SHUTDOWN_GRACE_SECONDS: '0', ...options.settings },
    launcher: options.launcher ?? [],
  });
  const ask = async (
    path: string,
    init: { method?: string; body?: Bun.BodyInit; headers?: Record<string, string> },
  ): Promise<Answer> => {
    const authorization = `Bearer ${child.apiKey}`;
    const response = await fetch(child.origin + path, {
      ...init,
      headers: { authorization, ...init.headers },
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
  const get = (path: string) => ask(path, {});
  return {
    ...child,
    port: Number(new URL(child.origin).port),
    post: (path, body, headers = {}) => {
      const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
      return ask(path, {
        method: 'POST',
        body: sent,
        headers: { 'content-type': 'application/json', ...headers },
      });
    },
    get,
    async state() {
      const [{ body: balance }, { body: list }] = await Promise.all([
        get('/api/v1/balance'),
        get('/api/v1/media/jobs?limit=100'),
      ]);
      const jobs = list.jobs.map(({ jobId }: { jobId: string }) => jobId);
      return { balanceMicros: balance.balanceMicros, jobs, files: await filesThatStay(dataFolder) };
    },
    descendants: () => descendantsOf(child.pid),
    memory: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      const bytes = (name: string) =>
        Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
      return { rssBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') };
    },
    async [Symbol.asyncDispose]() {
      await child.stop();
      await rm(dataFolder, { recursive: true });
    },
  };
}

/** A response is sent, and a job ended, a moment before their temporary files are deleted. */
async function filesThatStay(dataFolder: string): Promise<string[]> {
  const isTemporary = (path: string) => /^scratch\/|^files\/staging\/|^files\/jobs\/[^/]+\/in\//.test(path);
  let files = await filesBelow(dataFolder);
  for (let tries = 0; tries < 200 && files.some(isTemporary); tries++) {
    await Bun.sleep(10);
    files = await filesBelow(dataFolder);
  }
  return files;
}

/** Everything that was staged, put out or left in scratch. */
async function filesBelow(dataFolder: string): Promise<string[]> {
  const found = await Promise.all(
    ['files', 'scratch'].map(async (name) => {
      const entries = await readdir(join(dataFolder, name), { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => !entry.isDirectory())
        .map(({ parentPath, name: file }) => join(parentPath, file));
    }),
  );
  return found
    .flat()
    .map((path) => path.slice(dataFolder.length + 1))
    .toSorted();
}

async function descendantsOf(root: number): Promise<{ pid: number; name: string; isZombie: boolean }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(
    pids.map(async (pid) => {
      // A process may end while it is looked at. Its name stands in parentheses, then state and parent, see proc(5).
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const [, name = '', state = '', parent = ''] = /\((.*)\) (\S) (\d+)/s.exec(stat) ?? [];
      return { pid, name, isZombie: state === 'Z', parent: Number(parent) };
    }),
  );
  const below = (pid: number): typeof all =>
    all.filter(({ parent }) => parent === pid).flatMap((process) => [process, ...below(process.pid)]);
  return below(root).map(({ pid, name, isZombie }) => ({ pid, name, isZombie }));
}
