import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { fakeModels, startTestAppliance, type TestAppliance } from '../testing/test-appliance.ts';

let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await startTestAppliance({ modelsFolder: fakeModels() });
});
afterAll(() => appliance.stop());

const asAdmin = (method: string, path: string, body?: unknown) =>
  appliance.call(method, `/api/v1/admin${path}`, {
    key: appliance.adminKey,
    ...(body === undefined ? {} : { body }),
  });
const open = async (body: object = { name: 'Customer' }) => (await asAdmin('POST', '/accounts', body)).body;
const balanceOf = async (key: string) => (await appliance.call('GET', '/api/v1/balance', { key })).body;

describe('opening an account', () => {
  test('gives it a key that works and the credit it was granted', async () => {
    const { status, body } = await asAdmin('POST', '/accounts', { name: 'A', grantMicros: 1_500_000 });
    expect(status).toBe(201);
    expect(await balanceOf(body.apiKey)).toEqual({
      balanceUsd: 1.5,
      balanceMicros: 1_500_000,
      currency: 'usd',
    });
    expect((await appliance.call('GET', '/api/v1/admin/ledger/check', { key: body.apiKey })).status).toBe(
      403,
    );
    expect((await balanceOf((await open()).apiKey)).balanceMicros).toBe(0);
  });

  test.each([
    [{}],
    [{ name: '' }],
    [{ name: 'A', grantMicros: -1 }],
    [{ name: 'A', grantMicros: 0.5 }],
    [{ name: 'A', role: 'admin' }],
  ])('a body like %j is refused', async (body) =>
    expect((await asAdmin('POST', '/accounts', body)).status).toBe(422),
  );
});

describe('granting credit', () => {
  test('happens once under one reference, however often it is sent', async () => {
    const { accountId, apiKey } = await open();
    const grant = { accountId, amountMicros: 250_000, reference: 'invoice-7' };
    expect((await asAdmin('POST', '/grants', grant)).body).toEqual({ balanceMicros: 250_000, wasNew: true });
    expect((await asAdmin('POST', '/grants', grant)).body).toEqual({ balanceMicros: 250_000, wasNew: false });
    const other = await open();
    expect((await asAdmin('POST', '/grants', { ...grant, accountId: other.accountId })).body.wasNew).toBe(
      true,
    );
    expect((await balanceOf(apiKey)).balanceMicros).toBe(250_000);
  });

  test('under a used reference with another amount is a conflict, and moves nothing', async () => {
    const { accountId, apiKey } = await open();
    const grant = { accountId, amountMicros: 100, reference: 'r' };
    await asAdmin('POST', '/grants', grant);
    const { status, body } = await asAdmin('POST', '/grants', { ...grant, amountMicros: 101 });
    expect([status, body.code]).toEqual([409, 'reference_reuse']);
    expect((await balanceOf(apiKey)).balanceMicros).toBe(100);
  });

  test.each(['acct_unknown', 'house:revenue', 'house:grants'])('to %s is a 404', async (accountId) => {
    const answer = await asAdmin('POST', '/grants', { accountId, amountMicros: 1, reference: 'x' });
    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  });
});

describe('taking credit', () => {
  test('takes it once, and never more than there is', async () => {
    const { accountId, apiKey } = await open({ name: 'A', grantMicros: 1_000 });
    const take = { accountId, amountMicros: -400, reference: 'correction', reason: 'Granted by mistake' };
    expect((await asAdmin('POST', '/grants', take)).body).toEqual({ balanceMicros: 600, wasNew: true });
    expect((await asAdmin('POST', '/grants', take)).body).toEqual({ balanceMicros: 600, wasNew: false });
    const more = await asAdmin('POST', '/grants', { ...take, amountMicros: -601, reference: 'more' });
    expect([more.status, more.body.code]).toEqual([402, 'insufficient_balance']);
    const given = await asAdmin('POST', '/grants', { ...take, amountMicros: 400 });
    expect([given.status, given.body.code]).toEqual([409, 'reference_reuse']);
    expect((await asAdmin('POST', '/grants', { ...take, amountMicros: 0, reference: '0' })).status).toBe(422);
    expect((await balanceOf(apiKey)).balanceMicros).toBe(600);
  });
});

describe('disabling an account', () => {
  test('refuses its keys from the very next request on, and enabling takes them again', async () => {
    const { accountId, apiKey } = await open({ name: 'Suspended', grantMicros: 7 });
    const balance = () => appliance.call('GET', '/api/v1/balance', { key: apiKey });
    expect((await balance()).status).toBe(200);
    const disabled = await asAdmin('POST', '/accounts/disable', { accountId, reason: 'Fraud' });
    expect(disabled.body).toMatchObject({ accountId, disabledReason: 'Fraud', balanceMicros: 7 });
    expect((await balance()).status).toBe(403);
    const enabled = await asAdmin('POST', '/accounts/enable', { accountId, reason: 'A mistake' });
    expect(enabled.body).toMatchObject({ disabledAt: null, disabledReason: null, activeKeys: 1 });
    expect((await balance()).status).toBe(200);
  });

  test('is refused for the own account, an unknown one and without a reason', async () => {
    const own = (await asAdmin('GET', '/accounts')).body.accounts.at(-1).accountId;
    const disable = (body: object) => asAdmin('POST', '/accounts/disable', body);
    expect((await disable({ accountId: own, reason: 'x' })).body.code).toBe('own_account');
    expect((await disable({ accountId: 'acct_unknown', reason: 'x' })).status).toBe(404);
    expect((await disable({ accountId: own })).status).toBe(422);
  });
});

test('accounts are listed newest first, page by page, each once', async () => {
  for (let count = 0; count < 5; count++) await open({ name: `Page ${count}` });
  const all = (await asAdmin('GET', '/accounts?limit=100')).body;
  expect(all.nextCursor).toBeNull();
  const seen: string[] = [];
  let cursor = '';
  do {
    const page = (await asAdmin('GET', `/accounts?limit=3${cursor && `&cursor=${cursor}`}`)).body;
    seen.push(...page.accounts.map(({ accountId }: { accountId: string }) => accountId));
    cursor = page.nextCursor;
  } while (cursor);
  expect(seen).toEqual(all.accounts.map(({ accountId }: { accountId: string }) => accountId));
  const { status, body } = await asAdmin('GET', '/accounts?cursor=acct_unknown');
  expect([status, body.code]).toEqual([400, 'bad_cursor']);
});

test('the audit log tells who did what, newest first, and holds no secret', async () => {
  const { accountId, apiKey } = await open({ name: 'Audited', grantMicros: 5 });
  await asAdmin('POST', '/grants', { accountId, amountMicros: 3, reference: 'r', reason: 'Gift' });
  await asAdmin('POST', '/accounts/disable', { accountId, reason: 'Test' });
  const { entries } = (await asAdmin('GET', `/audit?subject=${accountId}`)).body;
  expect(entries.map(({ action }: { action: string }) => action)).toEqual([
    'account.disable',
    'account.grant',
    'account.open',
  ]);
  expect(entries[1].details).toEqual({ amountMicros: 3, reference: 'r', reason: 'Gift' });
  expect(entries[0].actorKeyId).toMatch(/^key_/);
  const page = (await asAdmin('GET', '/audit?limit=1')).body;
  const next = (await asAdmin('GET', `/audit?limit=1&cursor=${page.nextCursor}`)).body;
  expect(next.entries[0].id).toBe(page.entries[0].id - 1);
  const everything = JSON.stringify((await asAdmin('GET', '/audit?limit=200')).body);
  expect(everything).toContain('key.create');
  expect(everything).not.toContain(apiKey.slice(17));
  const database = new Database(join(appliance.dataFolder, 'appliance.sqlite'));
  expect(() => database.exec('DELETE FROM audit_entries')).toThrow(/append-only/);
  database.close();
});

describe("the ledger's check", () => {
  test('is ok after all of it, and tells the operator what is wrong when it is not', async () => {
    expect((await asAdmin('GET', '/ledger/check')).body).toEqual({ status: 'ok' });
    const database = new Database(join(appliance.dataFolder, 'appliance.sqlite'));
    const change = database.prepare(
      "UPDATE ledger_accounts SET debits_micros = debits_micros + ? WHERE id = 'house:grants'",
    );
    change.run(3);
    const { status, body } = await asAdmin('GET', '/ledger/check');
    change.run(-3);
    database.close();
    expect([status, body.code]).toEqual([500, 'ledger_broken']);
    expect(body.details.problems[0]).toContain('the sum of all balances is -3');
    expect((await asAdmin('GET', '/ledger/check')).status).toBe(200);
  });

  test.each([
    ['POST', '/accounts', { name: 'A' }],
    ['POST', '/grants', { accountId: 'x', amountMicros: 1, reference: 'x' }],
    ['GET', '/ledger/check', undefined],
  ])('%s %s is for admin keys alone', async (method, path, body) => {
    const options = body === undefined ? {} : { body };
    const statusWith = async (key: string | null) =>
      (await appliance.call(method, `/api/v1/admin${path}`, { ...options, key })).status;
    expect([await statusWith(null), await statusWith(appliance.apiKey)]).toEqual([401, 403]);
  });
});
