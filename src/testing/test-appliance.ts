import { mkdtempSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Appliance, createAppliance } from '../appliance.ts';
import { type Log, silentLog } from '../log.ts';
import { loadSettings } from '../settings/load-settings.ts';
import type { FakeJob } from './fake-runner.ts';

export const projectRoot = join(import.meta.dir, '../..');

export interface TestAppliance extends Appliance {
  dataFolder: string;
  adminKey: string;
  apiKey: string;
  /** A request as `key` (the first API key unless given); bodies are JSON. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
}

interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  key?: string | null;
}

export interface Answer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into whatever came back
  body: any;
}

/** A folder of manifests whose `draft-image` is the fake runner; see `fakeJob`. */
export function fakeModels(...args: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'kt-models-'));
  const command = ['bun', 'run', 'src/testing/fake-runner.ts', '--tasks', 'image.generate', ...args];
  const manifest = [
    'name = "draft-image"',
    'tasks = ["image.generate"]',
    'engine = "embedded"',
    'version = "1"',
    `command = ${JSON.stringify(command)}`,
    'cpuSlots = 1',
    'vramBytes = 0',
    '[estimate]',
    'seconds = 1.0',
    'secondsPerUnit = 0.0',
  ];
  writeFileSync(join(folder, 'draft-image.toml'), manifest.join('\n'));
  return folder;
}

/** The body of a submit whose fake runner does what `job` says. */
export function fakeJob(job: FakeJob = {}, input: Record<string, unknown> = {}): Record<string, unknown> {
  const outputs = job.outputs ?? [{ filename: 'output.json', text: '{}', mimeType: 'application/json' }];
  return { task: 'image.generate', input: { prompt: JSON.stringify({ ...job, outputs }), ...input } };
}

/** A real appliance on a folder of its own (or on `dataFolder`, to start again), without a listening port. */
export async function startTestAppliance(
  options: {
    dataFolder?: string;
    environment?: Record<string, string>;
    /** What the whole process has, of which runners see a part; default: this one's. */
    processEnvironment?: Record<string, string | undefined>;
    modelsFolder?: string;
    log?: Log;
    clock?: () => number;
    /** Default: it goes on as `clock` does, which then is never set but only goes on. */
    monotonic?: () => number;
  } = {},
): Promise<TestAppliance> {
  const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'kt-data-'));
  mkdirSync(dataFolder, { recursive: true });
  const environment = { KT_DATA_DIR: dataFolder, KT_SHUTDOWN_GRACE_SECONDS: '0', ...options.environment };
  const appliance = await createAppliance({
    settings: loadSettings({ projectRoot, environment }),
    log: options.log ?? silentLog,
    environment: options.processEnvironment ?? process.env,
    ...(options.modelsFolder === undefined ? {} : { modelsFolder: options.modelsFolder }),
    ...(options.clock === undefined
      ? {}
      : { clock: options.clock, monotonic: options.monotonic ?? options.clock }),
  });
  appliance.listening('http://localhost');
  const [adminKey = '', apiKey = ''] = readFileSync(join(dataFolder, 'first-run.txt'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.slice(line.indexOf('=') + 1));
  return { ...appliance, dataFolder, adminKey, apiKey, call: createCall(appliance, apiKey) };
}

function createCall({ app }: Appliance, apiKey: string): TestAppliance['call'] {
  return async (method, path, { body, headers = {}, key = apiKey } = {}) => {
    const request = new Request(`http://localhost${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const response = await app.handle(request);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
}

/** Polls until the job is in one of `states`, by default a terminal one. */
export async function untilJob(
  appliance: Pick<TestAppliance, 'call'>,
  jobId: string,
  states: readonly string[] = ['succeeded', 'failed', 'canceled'],
  secondsMax = 30,
): Promise<Answer['body']> {
  for (let tries = 0; tries < secondsMax * 50; tries++) {
    const { body } = await appliance.call('GET', `/api/v1/media/jobs?jobId=${jobId}&includeDetails=1`);
    if (states.includes(body.status)) return body;
    await Bun.sleep(20);
  }
  throw new Error(`The job ${jobId} did not become ${states.join(' or ')}.`);
}
