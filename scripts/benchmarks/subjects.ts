import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApplianceChild } from '../../src/testing/appliance-child.ts';
import type { FakeEnding } from '../../src/testing/fake-runner.ts';
import { fakeJob, fakeModels } from '../../src/testing/test-appliance.ts';
import type { BullmqServerOptions } from './bullmq-server.ts';
import { startRedis } from './redis-process.ts';

/** A server under load, and how it is asked for a job that takes no time. */
export interface Subject {
  origin: string;
  headers: Record<string, string>;
  body: string;
  stop(): Promise<void>;
}

const json = { 'content-type': 'application/json' };

/** No limit may answer in place of the queue, and every job costs its list price. */
const settings = {
  KT_RATE_LIMIT_WRITES_PER_MINUTE: '100000000',
  KT_RATE_LIMIT_READS_PER_MINUTE: '100000000',
  KT_JOBS_QUEUED_PER_ACCOUNT_MAX: '1000000',
  KT_JOBS_QUEUED_MAX: '1000000',
  KT_SCHEDULER_CPU_SLOTS: '64',
  KT_PRICING_DRAFT_MULTIPLIER: '1',
  KT_FIRST_RUN_OPERATOR_GRANT_USD: '1000000',
  KT_SHUTDOWN_GRACE_SECONDS: '0',
};

/**
 * The appliance on a new data folder, with a runner that takes 64 jobs at once.
 * @param options.ending `succeed` publishes a small file a job; `nothing` has no file
 */
export async function startAppliance(options: {
  ending: FakeEnding;
  /** Where to leave a profile of the server's CPU time. */
  cpuProfileFolder?: string | undefined;
}): Promise<Subject> {
  const { ending, cpuProfileFolder } = options;
  const dataFolder = mkdtempSync(join(tmpdir(), 'kt-bench-'));
  const modelsFolder = fakeModels('--concurrency', '64');
  const manifest = join(modelsFolder, 'draft-image.toml');
  writeFileSync(manifest, `minOutputs = 0\n${readFileSync(manifest, 'utf8')}`);
  const bunOptions =
    cpuProfileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProfileFolder}`];
  const appliance = await startApplianceChild({ dataFolder, modelsFolder, settings, bunOptions });
  return {
    origin: appliance.origin,
    headers: { ...json, authorization: `Bearer ${appliance.apiKey}` },
    body: JSON.stringify(fakeJob({ ending })),
    async stop() {
      await appliance.stop();
      for (const folder of [dataFolder, modelsFolder]) rmSync(folder, { recursive: true });
    },
  };
}

/** BullMQ behind the same API, on a Redis that syncs every write. */
export async function startBullmq(options: Omit<BullmqServerOptions, 'redisPort'>): Promise<Subject> {
  const redis = await startRedis();
  const redisPort = redis.port;
  const worker = options.worksHere ? null : await startProgram('bullmq-queue.ts', String(redisPort));
  const server = await startProgram('bullmq-server.ts', JSON.stringify({ ...options, redisPort }));
  return {
    origin: server.firstLine,
    headers: json,
    body: JSON.stringify(fakeJob()),
    async stop() {
      await server.stop();
      await worker?.stop();
      await redis.stop();
    },
  };
}

async function startProgram(file: string, argument: string) {
  const child = Bun.spawn([process.execPath, 'run', join(import.meta.dir, file), argument], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const { value } = await child.stdout.getReader().read();
  if (!value) throw new Error(`${file} ended with exit code ${await child.exited}.`);
  const stop = async () => {
    child.kill();
    await child.exited;
  };
  return { firstLine: new TextDecoder().decode(value).trim(), stop };
}
