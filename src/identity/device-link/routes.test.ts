import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { fakeModels, startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

let now = Date.UTC(2026, 10, 24, 12);
let passed = 0;
let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await startTestAppliance({
    ...{ modelsFolder: fakeModels(), clock: () => now, monotonic: () => passed },
    environment: { KT_SERVER_PUBLIC_URL: 'https://media.example.com/' },
  });
});
afterAll(() => appliance.stop());
beforeEach(() => pass(hourMs));

function pass(ms: number): void {
  now += ms;
  passed += ms;
}
const base = '/api/v1/device/link';
const post = (path: string, body: unknown, key: string | null = null) =>
  appliance.call('POST', `${base}${path}`, { key, body });
const start = async (body: unknown = {}, headers: Record<string, string> = {}) =>
  (await appliance.call('POST', `${base}/start`, { key: null, body, headers })).body;
const approve = (body: Record<string, unknown>, key = appliance.apiKey) => post('/approve', body, key);
const request = (userCode: string) =>
  appliance.call('GET', `${base}/request?userCode=${encodeURIComponent(userCode)}`, { key: null });
const poll = (deviceCode: string) => post('/poll', { deviceCode });
const pollCode = async (deviceCode: string) => {
  const { status, body } = await poll(deviceCode);
  return status === 200 ? body.status : body.code;
};
const statusOf = async (userCode: string) => (await request(userCode)).body.status;
const keysOf = async (key = appliance.apiKey) =>
  (await appliance.call('GET', '/api/v1/keys', { key })).body.keys;
const newKey = async (body: unknown, key = appliance.apiKey) =>
  (await appliance.call('POST', '/api/v1/keys', { body, key })).body;
async function newAccount(): Promise<{ accountId: string; apiKey: string }> {
  const asked = { key: appliance.adminKey, body: { name: 'Other' } };
  return (await appliance.call('POST', '/api/v1/admin/accounts', asked)).body;
}
const audited = async (): Promise<{ action: string; details: Record<string, unknown> }[]> =>
  (await appliance.call('GET', '/api/v1/admin/audit?limit=20', { key: appliance.adminKey })).body.entries;

describe('a device', () => {
  test('starts, is approved with a key, and gets a key of that account by its next poll', async () => {
    const started = await start({ keyLabel: 'Default API Key' }, { 'user-agent': 'skill/1.0' });
    expect(started).toMatchObject({ expiresInSeconds: 600, intervalSeconds: 5 });
    expect(started.deviceCode).toMatch(/^ktd_[A-Za-z0-9_-]{43}$/);
    expect(started.userCode).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect(started.verificationUrl).toBe('https://media.example.com/device');
    expect(started.verificationUrlComplete).toBe(
      `https://media.example.com/device?userCode=${started.userCode}`,
    );
    expect(await pollCode(started.deviceCode)).toBe('authorization_pending');
    expect((await request(started.userCode)).body).toEqual({
      status: 'pending',
      keyLabel: 'Default API Key',
      requestedFrom: { clientAddress: 'local', userAgent: 'skill/1.0' },
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + 10 * minuteMs).toISOString(),
    });
    expect(await approve({ userCode: started.userCode })).toMatchObject({
      status: 200,
      body: { status: 'approved' },
    });
    const { status, body } = await poll(started.deviceCode);
    expect([status, body]).toMatchObject([
      200,
      { status: 'approved', role: 'user', label: 'Default API Key' },
    ]);
    expect((await appliance.call('GET', '/api/v1/balance', { key: body.apiKey })).body.balanceUsd).toBe(25);
    expect(await statusOf(started.userCode)).toBe('completed');
    const actions = (await audited()).map(({ action }) => action);
    expect(actions.slice(0, 3)).toEqual(['device.redeem', 'key.create', 'device.approve']);
  });

  test('gets its key once: a lost answer means to start anew', async () => {
    const { deviceCode, userCode } = await start();
    await approve({ userCode });
    const before = (await keysOf()).length;
    expect((await poll(deviceCode)).status).toBe(200);
    expect(await poll(deviceCode)).toMatchObject({ status: 400, body: { code: 'invalid_grant' } });
    expect((await keysOf()).length).toBe(before + 1);
  });

  test('gets one key for polls that come at once', async () => {
    const { deviceCode, userCode } = await start();
    await approve({ userCode });
    const before = (await keysOf()).length;
    const answers = await Promise.all(Array.from({ length: 8 }, () => poll(deviceCode)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array(7).fill(400),
    ]);
    expect((await keysOf()).length).toBe(before + 1);
  });

  test('that polls too fast must wait five seconds longer each time, for good', async () => {
    const { deviceCode } = await start();
    expect(await pollCode(deviceCode)).toBe('authorization_pending');
    const tooFast = await poll(deviceCode);
    expect(tooFast).toMatchObject({
      status: 400,
      body: { code: 'slow_down', details: { intervalSeconds: 10 } },
    });
    expect(tooFast.headers.get('retry-after')).toBe('10');
    pass(8 * secondMs);
    expect((await poll(deviceCode)).body).toMatchObject({
      code: 'slow_down',
      details: { intervalSeconds: 15 },
    });
    pass(15 * secondMs);
    const patient = await poll(deviceCode);
    expect(patient.body).toMatchObject({ code: 'authorization_pending', details: { intervalSeconds: 15 } });
    expect(patient.headers.get('retry-after')).toBeNull();
  });

  test('that keeps its interval is not too fast, whatever the clock is set to', async () => {
    const { deviceCode } = await start();
    for (const ms of [0, 5000, 4500, 5000]) {
      pass(ms);
      expect([ms, await pollCode(deviceCode)]).toEqual([ms, 'authorization_pending']);
    }
    now -= 30 * secondMs;
    expect(await pollCode(deviceCode)).toBe('authorization_pending');
  });

  test('is told when nobody decided in time, also where approval came and its poll did not', async () => {
    const [waiting, approved] = [await start(), await start()];
    await approve({ userCode: approved.userCode });
    pass(10 * minuteMs - 1);
    expect(await pollCode(waiting.deviceCode)).toBe('authorization_pending');
    pass(1);
    expect(await pollCode(waiting.deviceCode)).toBe('expired_token');
    expect(await pollCode(approved.deviceCode)).toBe('expired_token');
    expect((await approve({ userCode: waiting.userCode })).status).toBe(404);
  });

  test('has no more time because the clock is set back', async () => {
    const { deviceCode, userCode } = await start();
    now -= hourMs;
    expect(await pollCode(deviceCode)).toBe('expired_token');
    expect((await approve({ userCode })).status).toBe(404);
    now += hourMs;
  });

  test('is told when it was refused', async () => {
    const { deviceCode, userCode } = await start();
    expect((await approve({ userCode, decision: 'deny' })).body.status).toBe('denied');
    expect(await pollCode(deviceCode)).toBe('access_denied');
    expect((await audited())[0]?.action).toBe('device.deny');
  });

  test.each(['ktd_unknown', 'nonsense', "' OR 1=1 --"])('with the code %s is nobody', async (deviceCode) => {
    expect(await poll(deviceCode)).toMatchObject({ status: 400, body: { code: 'invalid_grant' } });
  });

  test('can not be started or polled with fields that nobody knows', async () => {
    expect((await post('/start', { keyLabel: 'x', role: 'admin' })).status).toBe(422);
    expect((await post('/poll', { deviceCode: 'x', accountId: 'y' })).status).toBe(422);
    expect((await approve({ userCode: 'ABCD-EFGH', role: 'admin' })).status).toBe(422);
  });
});

describe('approving', () => {
  test('takes a code however it is typed', async () => {
    for (const change of [
      (code: string) => code.toLowerCase(),
      (code: string) => code.replace('-', ''),
      (code: string) => ` ${code.replace('-', ' ')} `,
    ]) {
      const { userCode } = await start();
      expect((await approve({ userCode: change(userCode) })).status).toBe(200);
      expect((await request(change(userCode))).body.status).toBe('approved');
    }
  });

  test("answers the reference's example as an unknown code, and what is no code as invalid", async () => {
    expect(await approve({ userCode: 'ABCD-EFGH', keyLabel: 'Default API Key' })).toMatchObject({
      status: 404,
    });
    for (const userCode of ['ABCD-EFG', 'ABCD-EFG1', 'ABCD-EFGHI', '']) {
      expect([userCode, (await approve({ userCode })).status]).toEqual([userCode, 422]);
    }
  });

  test('needs a key or a session', async () => {
    const { userCode } = await start();
    expect((await post('/approve', { userCode })).status).toBe(401);
    expect(await statusOf(userCode)).toBe('pending');
  });

  test('is final: neither the same account nor another can change it, and the same again is the same', async () => {
    const { deviceCode, userCode } = await start();
    const other = await newAccount();
    expect((await approve({ userCode, keyLabel: 'Mine' }, other.apiKey)).body).toMatchObject({
      status: 'approved',
    });
    expect(await approve({ userCode })).toMatchObject({ status: 409, body: { code: 'link_decided' } });
    expect((await approve({ userCode, decision: 'deny' }, other.apiKey)).status).toBe(409);
    expect((await approve({ userCode, keyLabel: 'Later' }, other.apiKey)).body).toMatchObject({
      keyLabel: 'Mine',
    });
    expect((await poll(deviceCode)).body).toMatchObject({ accountId: other.accountId, label: 'Mine' });
    expect((await approve({ userCode }, other.apiKey)).body.status).toBe('completed');
    const denied = await start();
    await approve({ userCode: denied.userCode, decision: 'deny' });
    expect((await approve({ userCode: denied.userCode })).status).toBe(409);
  });

  test('of two accounts at once, one wins', async () => {
    const { deviceCode, userCode } = await start();
    const other = await newAccount();
    const [mine, theirs] = await Promise.all([approve({ userCode }), approve({ userCode }, other.apiKey)]);
    expect([mine.status, theirs.status].toSorted((a, b) => a - b)).toEqual([200, 409]);
    const { body } = await poll(deviceCode);
    expect(body.accountId === other.accountId).toBe(theirs.status === 200);
  });

  test('with an admin key makes a user key', async () => {
    const { deviceCode, userCode } = await start();
    await approve({ userCode }, appliance.adminKey);
    const { body } = await poll(deviceCode);
    expect(body.role).toBe('user');
    expect((await appliance.call('GET', '/api/v1/admin/accounts', { key: body.apiKey })).status).toBe(403);
  });

  test.each([
    ['tasks', { allowedTasks: ['image.generate'] }],
    ['spending', { spendCapUsdPerDay: 1 }],
  ])('is not for a key with limited %s, whose device would have no limit', async (_name, limits) => {
    const { apiKey } = await newKey({ label: 'Limited', ...limits });
    const { userCode } = await start();
    expect((await approve({ userCode }, apiKey)).status).toBe(403);
    expect(await statusOf(userCode)).toBe('pending');
    expect((await approve({ userCode, decision: 'deny' }, apiKey)).status).toBe(200);
  });

  test('is worth nothing once its key is revoked or its account disabled', async () => {
    const [byKey, byAccount] = [await start(), await start()];
    const { apiKey, keyPrefix } = await newKey({ label: 'Stolen' });
    await approve({ userCode: byKey.userCode }, apiKey);
    await appliance.call('POST', '/api/v1/keys/revoke', { body: { keyPrefix } });
    expect(await pollCode(byKey.deviceCode)).toBe('access_denied');
    const other = await newAccount();
    await approve({ userCode: byAccount.userCode }, other.apiKey);
    const disable = { key: appliance.adminKey, body: { accountId: other.accountId, reason: 'test' } };
    await appliance.call('POST', '/api/v1/admin/accounts/disable', disable);
    expect(await pollCode(byAccount.deviceCode)).toBe('access_denied');
  });

  test('by a signed-in browser needs a page of this appliance', async () => {
    const email = 'ada@example.com';
    await appliance.call('POST', '/api/v1/auth/email/start', { key: null, body: { email } });
    await Bun.sleep(20);
    const { codes } = (
      await appliance.call('GET', '/api/v1/admin/sign-in-codes', { key: appliance.adminKey })
    ).body;
    const proof = { key: null, body: { email, code: codes[0].code } };
    const { headers } = await appliance.call('POST', '/api/v1/auth/browser/email/verify', proof);
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
    const { deviceCode, userCode } = await start();
    const approveFrom = (origin: string) =>
      appliance.call('POST', `${base}/approve`, {
        key: null,
        body: { userCode },
        headers: { cookie, origin },
      });
    expect((await approveFrom('https://evil.example')).status).toBe(403);
    expect((await approveFrom('https://media.example.com')).status).toBe(200);
    expect((await poll(deviceCode)).body).toMatchObject({ status: 'approved', email });
  });
});

describe('guessing', () => {
  test('learns nothing from expired codes, which answer as unknown ones do', async () => {
    const { userCode } = await start();
    pass(10 * minuteMs);
    const answers = [await request(userCode), await request('BBBB-BBBB')];
    const [expired, unknown] = answers.map(({ status, body, headers }) =>
      JSON.stringify([status, body, [...headers.keys()]]),
    );
    expect(expired).toBe(unknown ?? '');
    expect(answers[0]?.status).toBe(404);
  });

  test('is throttled by client when looking, and by account when approving', async () => {
    const looked = [];
    for (let i = 0; i < 31; i++) looked.push((await request('BBBB-BBBB')).status);
    expect(looked).toEqual([...Array(30).fill(404), 429]);
    const { userCode } = await start();
    expect((await request(userCode)).status).toBe(429);
    const { apiKey } = await newAccount();
    const tried = [];
    for (let i = 0; i < 31; i++) tried.push((await approve({ userCode: 'BBBB-BBBB' }, apiKey)).status);
    expect(tried).toEqual([...Array(30).fill(404), 429]);
    expect((await approve({ userCode })).status).toBe(200);
  });

  test('and starting are throttled by client', async () => {
    for (let i = 0; i < 20; i++) expect((await post('/start', {})).status).toBe(200);
    const refused = await post('/start', {});
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3600']);
  });

  test('finds no code in the database', async () => {
    const { deviceCode, userCode } = await start();
    const database = new Database(join(appliance.dataFolder, 'appliance.sqlite'), { readonly: true });
    const text = JSON.stringify(database.prepare('SELECT * FROM device_links').all());
    database.close();
    expect(text).toContain('pending');
    for (const secret of [deviceCode, deviceCode.slice(4), userCode, userCode.replace('-', '')])
      expect(text).not.toContain(secret);
  });
});

test('links are forgotten by the maintenance an hour after their time', async () => {
  const { deviceCode } = await start();
  pass(10 * minuteMs);
  await appliance.maintain();
  expect(await pollCode(deviceCode)).toBe('expired_token');
  pass(hourMs);
  await appliance.maintain();
  expect(await pollCode(deviceCode)).toBe('invalid_grant');
});
