import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  fakeJob,
  fakeModels,
  projectRoot,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../testing/test-appliance.ts';

let appliance: TestAppliance;
beforeAll(async () => {
  const environment = { KT_PRICING_DRAFT_MULTIPLIER: '1' };
  appliance = await startTestAppliance({ modelsFolder: fakeModels(), environment });
  const { body } = await appliance.call('POST', '/api/v1/media/jobs', { body: fakeJob() });
  await untilJob(appliance, body.jobId);
});
afterAll(() => appliance.stop());

async function check(dataFolder: string) {
  const child = Bun.spawn(['bun', 'run', 'scripts/ledger/check.ts'], {
    ...{ cwd: projectRoot, stdout: 'pipe', stderr: 'pipe' },
    env: { ...process.env, KT_DATA_DIR: dataFolder },
  });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { code: await child.exited, output: output.trim(), errors: errors.trim() };
}

describe('the ledger check from the command line', () => {
  test('says of a running appliance what it found, and leaves it running', async () => {
    // Eight house accounts and the operator's; a grant and a charge.
    const right = { code: 0, output: 'The ledger is right: 9 accounts, 2 transfers, sum 0.', errors: '' };
    expect(await check(appliance.dataFolder)).toEqual(right);
    const { body } = await appliance.call('POST', '/api/v1/media/jobs', { body: fakeJob() });
    expect((await untilJob(appliance, body.jobId)).status).toBe('succeeded');
  });

  test('names what is wrong, and fails', async () => {
    const database = new Database(join(appliance.dataFolder, 'appliance.sqlite'));
    const change = database.prepare(
      "UPDATE ledger_accounts SET credits_micros = credits_micros + ? WHERE id LIKE 'acct_%'",
    );
    change.run(5);
    const { code, errors } = await check(appliance.dataFolder);
    change.run(-5);
    database.close();
    expect(code).toBe(1);
    expect(errors).toContain('the sum of all balances is 5');
  });

  test('says so where there is no database', async () => {
    const { code, errors } = await check(mkdtempSync(join(tmpdir(), 'kt-empty-')));
    expect(code).toBe(1);
    expect(errors).toContain('There is no database at');
  });
});
