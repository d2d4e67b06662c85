import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { checkLedger } from '../ledger/invariants.ts';
import { fakeJob, fakeModels } from '../testing/test-appliance.ts';

const rounds = 6;
const clients = 8;
const modelsFolder = fakeModels('--concurrency', '4');
const dataFolder = mkdtempSync(join(tmpdir(), 'kt-crash-'));
const environment = {
  ...process.env,
  KT_DATA_DIR: dataFolder,
  KT_PRICING_DRAFT_MULTIPLIER: '1',
  KT_JOBS_MAX_ATTEMPTS: '10',
  KT_RATE_LIMIT_WRITES_PER_MINUTE: '1000000',
  KT_FIRST_RUN_OPERATOR_GRANT_USD: '1000000',
};

interface Server {
  origin: string;
  kill: () => Promise<void>;
}
let server: Server | undefined;
afterAll(() => server?.kill());

async function start(): Promise<Server> {
  const child = Bun.spawn(['bun', 'run', 'src/testing/appliance-program.ts', modelsFolder], {
    stdout: 'pipe',
    stderr: 'inherit',
    env: environment,
  });
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const kill = async () => {
    child.kill('SIGKILL');
    await child.exited;
  };
  return { origin: new TextDecoder().decode(value).trim(), kill };
}

function apiKey(): string {
  return /KT_API_KEY=(.*)/.exec(readFileSync(join(dataFolder, 'first-run.txt'), 'utf8'))?.[1] ?? '';
}

/** Submits until the server is gone; answers the jobs that were acknowledged, by their idempotency key. */
async function submitUntilDead(origin: string, name: string): Promise<Map<string, string>> {
  const acknowledged = new Map<string, string>();
  for (let i = 0; ; i++) {
    const key = `${name}-${i}`;
    try {
      const response = await fetch(`${origin}/api/v1/media/jobs`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${apiKey()}`,
          'content-type': 'application/json',
          'x-idempotency-key': key,
        },
        body: JSON.stringify(fakeJob({ milliseconds: 5 })),
      });
      if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
      acknowledged.set(key, await jobIdOf(response));
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('4')) throw error;
      return acknowledged;
    }
  }
}

async function jobIdOf(response: Response): Promise<string> {
  const body: { jobId: string } = JSON.parse(await response.text());
  return body.jobId;
}

const query = <T>(statement: string, ...values: string[]): T[] => {
  const database = new Database(join(dataFolder, 'appliance.sqlite'), { readonly: true });
  try {
    return database.prepare<string[], T>(statement).all(...values);
  } finally {
    database.close();
  }
};

describe('killing the appliance at any moment', () => {
  test('every acknowledged job is there once, is charged once, and ends', async () => {
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < rounds; round++) {
      server = await start();
      const submitting = Array.from({ length: clients }, (_, i) =>
        submitUntilDead(server?.origin ?? '', `${round}-${i}`),
      );
      await Bun.sleep(60 + Math.random() * 240);
      await server.kill();
      for (const some of await Promise.all(submitting))
        for (const [key, id] of some) acknowledged.set(key, id);
    }
    expect(acknowledged.size).toBeGreaterThan(rounds * clients);

    server = await start();
    const open = () =>
      query<{ count: number }>("SELECT count(*) AS count FROM jobs WHERE status IN ('queued', 'running')")[0]
        ?.count;
    for (let tries = 0; tries < 600 && open() !== 0; tries++) await Bun.sleep(50);
    expect(open()).toBe(0);

    const [key = '', jobId = ''] = [...acknowledged][0] ?? [];
    const replay = await fetch(`${server.origin}/api/v1/media/jobs`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKey()}`,
        'content-type': 'application/json',
        'x-idempotency-key': key,
      },
      body: JSON.stringify(fakeJob({ milliseconds: 5 })),
    });
    expect(await jobIdOf(replay)).toBe(jobId);

    const found = new Set(query<{ id: string }>('SELECT id FROM jobs').map(({ id }) => id));
    expect([...acknowledged.values()].filter((id) => !found.has(id))).toEqual([]);
    expect(query("SELECT id FROM jobs WHERE status <> 'succeeded'")).toEqual([]);
    const database = new Database(join(dataFolder, 'appliance.sqlite'), { readonly: true });
    expect(() => checkLedger(database)).not.toThrow();
    database.close();
  }, 60_000);
});
