import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { checkLedger } from '../ledger/invariants.ts';
import { type ApplianceChild, startApplianceChild } from '../testing/appliance-child.ts';
import { type Answer, fakeJob, fakeModels } from '../testing/test-appliance.ts';
import { until } from '../testing/until.ts';

/** Jobs that take the appliance down, and one that only happens to run beside them. */

const dataFolder = mkdtempSync(join(tmpdir(), 'kt-poison-'));
const modelsFolder = fakeModels('--concurrency', '8');
const settings = {
  ...{ KT_SCHEDULER_CPU_SLOTS: '8', KT_PRICING_DRAFT_MULTIPLIER: '1' },
  // One failed attempt would be the last: those that the appliance's death breaks off are none.
  KT_JOBS_MAX_ATTEMPTS: '1',
};
afterAll(() => {
  for (const folder of [dataFolder, modelsFolder]) rmSync(folder, { recursive: true });
});

const start = () => startApplianceChild({ dataFolder, modelsFolder, settings });
async function call(
  { origin, apiKey }: ApplianceChild,
  path: string,
  init: RequestInit = {},
): Promise<Answer['body']> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const response = await fetch(`${origin}/api/v1${path}`, { ...init, headers });
  return response.json();
}
async function submit(appliance: ApplianceChild): Promise<string> {
  const body = JSON.stringify(fakeJob({ ending: 'hang' }));
  return (await call(appliance, '/media/jobs', { method: 'POST', body })).jobId;
}
function inDatabase<T>(work: (database: Database.Database) => T): T {
  const database = new Database(join(dataFolder, 'appliance.sqlite'));
  try {
    return work(database);
  } finally {
    database.close();
  }
}
/** In one reading: between two, a job may go from the one to the other. */
const idsOf = (...statuses: string[]) =>
  inDatabase((database) =>
    database
      .prepare<[string], string>(
        'SELECT id FROM jobs WHERE status IN (SELECT value FROM json_each(?)) ORDER BY sequence',
      )
      .pluck()
      .all(JSON.stringify(statuses)),
  );
/** Kills it once so many jobs run. @returns those that ran */
async function killWhileRunning(appliance: ApplianceChild, count: number): Promise<string[]> {
  await until(() => idsOf('running').length >= count);
  await appliance.kill();
  return idsOf('running');
}

describe('an innocent job', () => {
  test('outlives any number of poisonous ones, which run alone in the end and fail', async () => {
    const first = await start();
    const before = (await call(first, '/balance')).balanceMicros;
    const poisons = [await submit(first), await submit(first), await submit(first)];
    const innocent = await submit(first);
    const all = [...poisons, innocent];

    expect(await killWhileRunning(first, 4)).toEqual(all);
    expect(await killWhileRunning(await start(), 4)).toEqual(all);
    for (const poison of poisons) expect(await killWhileRunning(await start(), 1)).toEqual([poison]);
    // Nobody is left to kill it; and it ends.
    inDatabase((database) => {
      const change = "effective_input = replace(effective_input, 'hang', 'succeed')";
      database.prepare(`UPDATE jobs SET ${change} WHERE id = ?`).run(innocent);
    });
    const last = await start();
    await until(() => idsOf('queued', 'running').length === 0);

    const job = await call(last, `/media/jobs?jobId=${innocent}&includeDetails=1`);
    expect(job).toMatchObject({ status: 'succeeded', attempts: 1, interruptions: 2 });
    for (const poison of poisons) {
      expect(await call(last, `/media/jobs?jobId=${poison}&includeDetails=1`)).toMatchObject({
        ...{ status: 'failed', attempts: 0, interruptions: 3, error: { code: 'exited' } },
        billing: { refunded: true },
      });
    }
    expect((await call(last, '/balance')).balanceMicros).toBe(before - job.billing.amountMicros);
    await last.stop();
    expect(() => inDatabase(checkLedger)).not.toThrow();
  });
});
