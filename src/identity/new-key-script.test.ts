import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeDatabase, openDatabase } from '../db/open.ts';
import {
  fakeModels,
  projectRoot,
  startTestAppliance,
  type TestAppliance,
} from '../testing/test-appliance.ts';
import { isApiKey } from './api-key.ts';

const modelsFolder = fakeModels();
let appliance: TestAppliance;
let dataFolder: string;
beforeAll(async () => {
  appliance = await startTestAppliance({ modelsFolder });
  dataFolder = appliance.dataFolder;
});
afterAll(() => appliance.stop());

async function newKey(args: string[], folder = dataFolder) {
  const child = Bun.spawn([process.execPath, 'run', 'scripts/keys/main.ts', ...args], {
    ...{ cwd: projectRoot, stdout: 'pipe', stderr: 'pipe' },
    env: { ...process.env, KT_DATA_DIR: folder },
  });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { code: await child.exited, output, errors };
}

/** The key on the only line of the output. */
function keyIn({ output }: { output: string }, name: string): string {
  expect(output).toMatch(new RegExp(`^${name}=kt_live_[0-9A-Za-z]{36}\n$`));
  return output.slice(name.length + 1).trim();
}

const openAccount = async () => {
  const request = { key: appliance.adminKey, body: { name: 'Customer', grantMicros: 250_000 } };
  return (await appliance.call('POST', '/api/v1/admin/accounts', request)).body.accountId;
};
const checkLedgerAs = async (key: string) =>
  (await appliance.call('GET', '/api/v1/admin/ledger/check', { key })).status;
const balanceOf = (key: string) => appliance.call('GET', '/api/v1/balance', { key });

describe('a new key from the command line', () => {
  test('opens a running appliance to its operator at once', async () => {
    const told = await newKey(['--admin', '--label', 'After the fire']);
    const key = keyIn(told, 'KT_ADMIN_KEY');
    expect(told.code).toBe(0);
    expect(isApiKey(key)).toBe(true);
    expect(await checkLedgerAs(key)).toBe(200);
    const { keys } = (await appliance.call('GET', '/api/v1/keys', { key })).body;
    expect(keys[0]).toMatchObject({ label: 'After the fire', role: 'admin', revokedAt: null });
  });

  test('is no admin key unless it is told to be', async () => {
    const key = keyIn(await newKey([]), 'KT_API_KEY');
    expect(await checkLedgerAs(key)).toBe(403);
    expect((await balanceOf(key)).body).toEqual((await balanceOf(appliance.apiKey)).body);
  });

  test('can be made for another account, which has no admin keys', async () => {
    const accountId = await openAccount();
    const key = keyIn(await newKey(['--account', accountId]), 'KT_API_KEY');
    expect((await balanceOf(key)).body.balanceMicros).toBe(250_000);
    const refused = await newKey(['--account', accountId, '--admin']);
    expect([refused.code, refused.output]).toEqual([1, '']);
    expect(refused.errors).toContain('may have no admin keys');
  });

  test('is there when a stopped appliance starts again', async () => {
    await appliance.stop();
    const key = keyIn(await newKey(['--admin']), 'KT_ADMIN_KEY');
    appliance = await startTestAppliance({ modelsFolder, dataFolder });
    expect(await checkLedgerAs(key)).toBe(200);
  });
});

describe('listing and revoking from the command line', () => {
  test('shows keys without their secrets, and ends one', async () => {
    const key = keyIn(await newKey(['--label', 'Lost phone']), 'KT_API_KEY');
    const prefix = key.slice(0, 16);
    const listed = (await newKey(['--list'])).output;
    expect(listed).toContain(prefix);
    expect(listed).toContain('Lost phone');
    expect(listed).not.toContain(key);
    expect((await balanceOf(key)).status).toBe(200);
    expect((await newKey(['--revoke', prefix])).output).toBe(`${prefix}\n`);
    expect((await balanceOf(key)).status).toBe(401);
    expect((await newKey(['--revoke', prefix])).code).toBe(1);
  });
});

describe('what can not be done is said', () => {
  test.each([
    [['--admin', '--list'], 'either made, listed or revoked'],
    [['--revoke', 'abc'], 'at least 5 characters'],
    [['--label', ''], 'A label has'],
    [['--owner'], '--owner'],
  ])('%j is refused with the usage', async (args, message) => {
    const { code, output, errors } = await newKey(args);
    expect([code, output]).toEqual([2, '']);
    expect(errors).toContain(message);
    expect(errors).toContain('Usage: ./scripts/new-key');
  });

  test.each([
    ['an unknown account', ['--account', 'acct_nobody'], 'There is no account acct_nobody.'],
    ['an unknown key', ['--revoke', 'zzzzzzzz'], 'was not found'],
  ])('%s', async (_what, args, message) => {
    const { code, errors } = await newKey(args);
    expect([code, errors.includes(message)]).toEqual([1, true]);
  });

  test('a folder without a database, and one without an account', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kt-keys-'));
    expect((await newKey([], folder)).errors).toContain('There is no database at');
    closeDatabase(openDatabase(join(folder, 'appliance.sqlite')));
    expect((await newKey([], folder)).errors).toContain('There is no account yet.');
  });
});
