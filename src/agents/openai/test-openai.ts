import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { type FakeJob, fakeRunnerCommand } from '../../testing/fake-runner.ts';
import { startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';

/** An appliance that listens, and OpenAI's own client of it. */
export interface OpenAiAppliance extends AsyncDisposable {
  appliance: TestAppliance;
  origin: string;
  client: OpenAI;
  /** As another key. */
  as(apiKey: string): OpenAI;
  /** Of a new account. */
  newKey(grantMicros?: number): Promise<string>;
  balanceMicros(apiKey: string): Promise<number>;
}

export async function startOpenAi(
  options: { modelsFolder?: string; environment?: Record<string, string>; dataFolder?: string } = {},
): Promise<OpenAiAppliance> {
  const appliance = await startTestAppliance(options);
  appliance.app.listen({ hostname: '127.0.0.1', port: 0 });
  const origin = `http://127.0.0.1:${appliance.app.server?.port}`;
  const as = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${origin}/v1`, maxRetries: 0 });
  return {
    ...{ appliance, origin, as, client: as(appliance.apiKey) },
    async newKey(grantMicros) {
      const body = { name: 'Ada', ...(grantMicros === undefined ? {} : { grantMicros }) };
      const asAdmin = { key: appliance.adminKey, body };
      return (await appliance.call('POST', '/api/v1/admin/accounts', asAdmin)).body.apiKey;
    },
    async balanceMicros(key) {
      return (await appliance.call('GET', '/api/v1/balance', { key })).body.balanceMicros;
    },
    async [Symbol.asyncDispose]() {
      await appliance.app.stop(true);
      await appliance.stop();
    },
  };
}

/** A data folder whose drafts cost what their models would. */
export function pricedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kt-openai-'));
  writeFileSync(join(folder, 'pricing.toml'), '[pricing]\ndraftMultiplier = 1\n');
  return folder;
}

/** Fake runners of pictures and films: each does what its prompt spells. */
export function fakeMediaModels(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kt-openai-models-'));
  const models = { 'draft-image': ['image.generate', 'image.edit'], 'draft-video': ['video.generate'] };
  for (const [name, tasks] of Object.entries(models)) {
    const lines = [
      `name = "${name}"`,
      `tasks = ${JSON.stringify(tasks)}`,
      'engine = "embedded"',
      'version = "1"',
      `command = ${JSON.stringify(fakeRunnerCommand('--tasks', tasks.join(',')))}`,
      ...['cpuSlots = 1', 'vramBytes = 0', '[estimate]', 'seconds = 1.0', 'secondsPerUnit = 0.0'],
    ];
    writeFileSync(join(folder, `${name}.toml`), lines.join('\n'));
  }
  return folder;
}

/** The prompt that tells a fake runner what to do. */
export function fakePrompt(job: FakeJob = {}): string {
  const outputs = job.outputs ?? [{ filename: 'output.json', text: '{}', mimeType: 'application/json' }];
  return JSON.stringify({ ...job, outputs });
}

/** Polls until `look` answers something. */
export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 1500; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await Bun.sleep(20);
  }
  throw new Error('It did not come about.');
}

/** What a promise fails with. */
export async function failureOf(work: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof OpenAI.APIError) return error;
  throw new Error('No error of the API.', { cause: error });
}
