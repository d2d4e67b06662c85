import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { fakeModels, startTestAppliance, type TestAppliance } from '../testing/test-appliance.ts';
import { generateApiKey, hashApiKey } from './api-key.ts';

const modelsFolder = fakeModels();
let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await startTestAppliance({ modelsFolder });
});
afterAll(() => appliance.stop());

const asAdmin = () => ({ key: appliance.adminKey });
const balanceWith = async (headers: Record<string, string>) =>
  appliance.call('GET', '/api/v1/balance', { key: null, headers });
const create = async (body: unknown = {}, key = appliance.apiKey) =>
  appliance.call('POST', '/api/v1/keys', { body, key });
const revoke = async (keyPrefix: string, key = appliance.apiKey) =>
  appliance.call('POST', '/api/v1/keys/revoke', { body: { keyPrefix }, key });
const list = async (key = appliance.apiKey) =>
  (await appliance.call('GET', '/api/v1/keys', { key })).body.keys;
async function openAccount(name: string): Promise<{ accountId: string; apiKey: string }> {
  return (await appliance.call('POST', '/api/v1/admin/accounts', { ...asAdmin(), body: { name } })).body;
}
/** What only an operator at the machine can do. */
function inDatabase(dataFolder: string, statement: string, ...values: unknown[]): void {
  const database = new Database(join(dataFolder, 'appliance.sqlite'));
  database.prepare(statement).run(...values);
  database.close();
}

describe('authentication', () => {
  test('comes before the validation: who has no key learns nothing of what a route takes', async () => {
    for (const key of [null, 'kt_live_nonsense']) {
      expect((await appliance.call('POST', '/api/v1/media/jobs', { key, body: { task: 7 } })).status).toBe(
        401,
      );
      expect((await appliance.call('GET', '/api/v1/media/jobs?limit=0', { key })).status).toBe(401);
    }
    expect((await appliance.call('POST', '/api/v1/admin/grants', { body: {} })).status).toBe(403);
  });

  test('a key is taken from either header, in any spelling of Bearer', async () => {
    const key = appliance.apiKey;
    for (const headers of [
      { authorization: `Bearer ${key}` },
      { authorization: `bearer  ${key} ` },
      { 'x-api-key': key },
      { 'X-API-KEY': ` ${key} ` },
      { authorization: 'Basic dXNlcjpwYXNz', 'x-api-key': key },
    ]) {
      expect((await balanceWith(headers as Record<string, string>)).status).toBe(200);
    }
  });

  test.each([
    ['none', {}],
    ['an empty one', { authorization: 'Bearer ' }],
    ['garbage', { authorization: 'Bearer nonsense' }],
    ['a well-formed one that was never made', { 'x-api-key': generateApiKey() }],
    ['two in one header', { 'x-api-key': `${generateApiKey()} ${generateApiKey()}` }],
  ])('%s is a 401 that says how to authenticate', async (_name, headers) => {
    const { status, body, headers: answered } = await balanceWith(headers as Record<string, string>);
    expect(status).toBe(401);
    expect(body.code).toBe('unauthorized');
    expect(answered.get('www-authenticate')).toBe('Bearer');
  });

  test('a refused key is not repeated in the answer', async () => {
    const key = generateApiKey();
    const { body } = await balanceWith({ 'x-api-key': key });
    expect(JSON.stringify(body)).not.toContain(key.slice(8, 20));
  });

  test("a disabled account's good key is a 403", async () => {
    const { accountId, apiKey } = await openAccount('Disabled');
    expect((await balanceWith({ 'x-api-key': apiKey })).status).toBe(200);
    inDatabase(appliance.dataFolder, 'UPDATE accounts SET disabled_at = 1 WHERE id = ?', accountId);
    // What another connection writes shows from the next turn of the event loop on.
    await new Promise((resolve) => setImmediate(resolve));
    const { status, body } = await balanceWith({ 'x-api-key': apiKey });
    expect([status, body.code]).toEqual([403, 'forbidden']);
  });
});

describe('creating and listing', () => {
  test('a new key works, and is shown this once', async () => {
    const { status, body } = await create({ label: 'Agent Worker A' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ label: 'Agent Worker A', role: 'user', revokedAt: null, lastUsedAt: null });
    expect(body.apiKey.startsWith(body.keyPrefix)).toBe(true);
    expect((await balanceWith({ 'x-api-key': body.apiKey })).status).toBe(200);
  });

  test('an account has 100 active keys at most; a revoked one makes room', async () => {
    const { apiKey } = await openAccount('Collector');
    const made = [];
    for (let count = 1; count < 100; count++) made.push((await create({}, apiKey)).status);
    expect(made.every((status) => status === 201)).toBe(true);
    const refused = await create({}, apiKey);
    expect([refused.status, refused.body.code]).toEqual([409, 'too_many_keys']);
    expect((await revoke((await list(apiKey))[0].keyPrefix, apiKey)).status).toBe(200);
    expect((await create({}, apiKey)).status).toBe(201);
  });

  test('a list holds neither keys nor hashes', async () => {
    const { apiKey } = (await create()).body;
    const keys = await list();
    expect(keys.length).toBeGreaterThanOrEqual(3);
    const text = JSON.stringify(keys);
    for (const key of [apiKey, appliance.apiKey, appliance.adminKey]) {
      expect(text).toContain(key.slice(0, 16));
      expect(text).not.toContain(key.slice(0, 17));
      expect(text).not.toContain(key.slice(16));
      expect(text).not.toContain(hashApiKey(key));
    }
    expect(Object.keys(keys[0]).sort()).toEqual(
      [
        ...['createdAt', 'id', 'keyPrefix', 'label', 'lastUsedAt', 'revokedAt', 'role'],
        ...['allowedTasks', 'spendCapUsdPerDay'],
      ].sort(),
    );
  });

  test('only an admin key makes an admin key', async () => {
    const refused = await create({ role: 'admin' });
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
    const made = await create({ role: 'admin' }, appliance.adminKey);
    expect(made.body.role).toBe('admin');
    const check = '/api/v1/admin/ledger/check';
    expect((await appliance.call('GET', check, { key: made.body.apiKey })).status).toBe(200);
    expect((await appliance.call('GET', check)).status).toBe(403);
    expect((await appliance.call('GET', check, { key: null })).status).toBe(401);
  });

  test.each([[{ label: '' }], [{ label: 'x'.repeat(101) }], [{ role: 'root' }], [{ name: 'x' }]])(
    'a body like %j is refused',
    async (body) => expect((await create(body)).status).toBe(422),
  );
});

describe('revoking', () => {
  test.each([
    ['without kt_live_', (key: string) => key.slice(8, 14)],
    ['with kt_live_', (key: string) => key.slice(0, 16)],
    ['that is the whole key', (key: string) => key],
  ])('by prefix %s, from the very next request on', async (_name, prefixOf) => {
    const { apiKey, id } = (await create()).body;
    expect((await balanceWith({ 'x-api-key': apiKey })).status).toBe(200);
    const { status, body } = await revoke(prefixOf(apiKey));
    expect(status).toBe(200);
    expect(body.revoked).toMatchObject({ id });
    expect(body.revoked.revokedAt).not.toBeNull();
    const refused = await balanceWith({ 'x-api-key': apiKey });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    expect((await list()).find((key: { id: string }) => key.id === id).revokedAt).not.toBeNull();
    expect((await revoke(prefixOf(apiKey))).status).toBe(404);
  });

  test('a prefix of several keys revokes none of them', async () => {
    const made = [(await create()).body, (await create()).body];
    for (const { id } of made)
      inDatabase(
        appliance.dataFolder,
        "UPDATE api_keys SET key_prefix = 'kt_live_twins' || substr(key_prefix, 14) WHERE id = ?",
        id,
      );
    const { status, body } = await revoke('kt_live_twins');
    expect([status, body.code]).toEqual([409, 'ambiguous_prefix']);
    for (const { apiKey } of made) expect((await balanceWith({ 'x-api-key': apiKey })).status).toBe(200);
  });

  test('an unknown prefix is a 404, and one that is too short a 422', async () => {
    expect((await revoke('zzzzzzzz')).status).toBe(404);
    expect((await revoke('abcd')).status).toBe(422);
    expect((await revoke('%%%%%')).status).toBe(422);
  });

  test('the marker alone is no prefix: it names no key, even where there is only one', async () => {
    const { apiKey } = await openAccount('One key');
    expect((await revoke('kt_live_', apiKey)).status).toBe(422);
    expect((await revoke(`kt_live_${apiKey.slice(8, 12)}`, apiKey)).status).toBe(422);
    expect((await balanceWith({ 'x-api-key': apiKey })).status).toBe(200);
  });

  test("another account's key can't be touched, nor told from an unknown one", async () => {
    const { apiKey } = await openAccount('Other');
    const answer = await revoke(apiKey.slice(0, 16));
    expect(answer.status).toBe(404);
    expect((await balanceWith({ 'x-api-key': apiKey })).status).toBe(200);
    const own = (await list(apiKey)).map(({ keyPrefix }: { keyPrefix: string }) => keyPrefix);
    expect(own).toEqual([apiKey.slice(0, 16)]);
    expect((await revoke(appliance.apiKey.slice(0, 16), apiKey)).status).toBe(404);
  });

  test('a user key revokes no admin key', async () => {
    const { status, body } = await revoke(appliance.adminKey.slice(0, 16));
    expect([status, body.code]).toEqual([403, 'forbidden']);
  });

  test('the last admin key stays, until there is another one', async () => {
    const other = await startTestAppliance({ modelsFolder });
    try {
      const body = { keyPrefix: other.adminKey.slice(0, 16) };
      const path = '/api/v1/keys/revoke';
      const refused = await other.call('POST', path, { key: other.adminKey, body });
      expect([refused.status, refused.body.code]).toEqual([409, 'last_admin_key']);
      await other.call('POST', '/api/v1/keys', { key: other.adminKey, body: { role: 'admin' } });
      expect((await other.call('POST', path, { key: other.adminKey, body })).status).toBe(200);
      expect((await other.call('GET', '/api/v1/keys', { key: other.adminKey })).status).toBe(401);
    } finally {
      await other.stop();
    }
  });
});

describe('last use', () => {
  test('is written down by the next flush, and survives a restart', async () => {
    let now = Date.parse('2026-05-01T12:00:00Z');
    const clock = () => now;
    const first = await startTestAppliance({ modelsFolder, clock });
    const keys = async (at: TestAppliance) => (await at.call('GET', '/api/v1/keys')).body.keys;
    const used = (all: { label: string; lastUsedAt: string | null }[]) =>
      all.find(({ label }) => label === 'First API key')?.lastUsedAt;
    expect(used(await keys(first))).toBeNull();
    now += 60_000;
    await keys(first);
    await first.stop();
    now += 3_600_000;
    const second = await startTestAppliance({ modelsFolder, clock, dataFolder: first.dataFolder });
    expect(used(await keys(second))).toBe('2026-05-01T12:01:00.000Z');
    await second.stop();
  });
});

describe('rate limit', () => {
  test('a key over its rate is told when to come back, and other keys go on', async () => {
    let now = 1_700_000_000_000;
    const limited = await startTestAppliance({
      modelsFolder,
      clock: () => now,
      environment: { KT_RATE_LIMIT_READS_PER_MINUTE: '2' },
    });
    const ask = (key: string) => limited.call('GET', '/api/v1/balance', { key });
    await ask(limited.apiKey);
    await ask(limited.apiKey);
    const { status, body, headers } = await ask(limited.apiKey);
    expect([status, body.code, headers.get('retry-after')]).toEqual([429, 'rate_limited', '30']);
    expect((await ask(limited.adminKey)).status).toBe(200);
    now += 30_000;
    expect((await ask(limited.apiKey)).status).toBe(200);
    await limited.stop();
  });
});
