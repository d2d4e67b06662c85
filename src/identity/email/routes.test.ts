import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createLog } from '../../log.ts';
import { fakeModels, startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';
import { until } from '../../testing/until.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const modelsFolder = fakeModels();
const lines: string[] = [];

let now = Date.UTC(2026, 10, 24, 12);
/** The time that really passes. */
let passed = 0;
let appliance: TestAppliance;
let addresses = 0;

beforeAll(async () => {
  appliance = await startTestAppliance({
    modelsFolder,
    clock: () => now,
    monotonic: () => passed,
    log: createLog({ level: 'info', now: () => now, write: (line) => lines.push(line) }),
    environment: {
      KT_SIGN_IN_OPERATOR_EMAILS: 'Boss@example.com',
      KT_SIGN_IN_NEW_ACCOUNT_GRANT_USD: '2',
    },
  });
});
afterAll(() => appliance.stop());
beforeEach(() => pass(hourMs));

function pass(ms: number): void {
  now += ms;
  passed += ms;
}
const newAddress = () => `person${addresses++}@example.com`;
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  appliance.call('POST', `/api/v1${path}`, { key: null, body, headers });
const start = (email: string) => post('/auth/email/start', { email });
const verify = (body: Record<string, unknown>) => post('/auth/email/verify', body);
const asAdmin = async (path: string) =>
  (await appliance.call('GET', `/api/v1/admin${path}`, { key: appliance.adminKey })).body;
const openCodes = async (): Promise<{ email: string; code: string; challengeId: string }[]> =>
  (await asAdmin('/sign-in-codes')).codes;
const accountCount = async () => (await asAdmin('/accounts?limit=100')).accounts.length;

/** Asks for a code and looks at the operator's list for it. */
async function codeFor(email: string): Promise<{ challengeId: string; code: string }> {
  const { status, body } = await start(email);
  expect(status).toBe(202);
  let code: string | undefined;
  for (let tries = 0; code === undefined && tries < 100; tries++) {
    await Bun.sleep(1);
    code = (await openCodes()).find(({ challengeId }) => challengeId === body.challengeId)?.code;
  }
  return { challengeId: body.challengeId, code: code ?? '' };
}
const otherThan = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

describe('signing in with a code', () => {
  test('opens the account when the code is verified, not before, and answers a key that works', async () => {
    const email = newAddress();
    const before = await accountCount();
    const { challengeId, code } = await codeFor(email);
    expect(code).toMatch(/^\d{6}$/);
    expect(await accountCount()).toBe(before);
    const { status, body } = await verify({ challengeId, email, code, keyLabel: 'Laptop' });
    expect([status, body]).toMatchObject([201, { label: 'Laptop', role: 'user', email }]);
    expect(await accountCount()).toBe(before + 1);
    const balance = await appliance.call('GET', '/api/v1/balance', { key: body.apiKey });
    expect(balance.body).toMatchObject({ balanceUsd: 2 });
    const { entries } = await asAdmin(`/audit?subject=${body.accountId}`);
    expect(entries.map(({ action }: { action: string }) => action)).toContain('account.sign_in');
  });

  test('brings the same person back to the same account, however the address is written', async () => {
    const email = newAddress();
    const first = await verify({ email, code: (await codeFor(email)).code });
    pass(hourMs);
    const second = await verify({ email: email.toUpperCase(), code: (await codeFor(email)).code });
    expect(second.body.accountId).toBe(first.body.accountId);
    expect(second.body.apiKey).not.toBe(first.body.apiKey);
    const balance = await appliance.call('GET', '/api/v1/balance', { key: second.body.apiKey });
    expect(balance.body.balanceUsd).toBe(2);
  });

  test("the operator's address is the operator's account", async () => {
    const { body } = await verify({
      email: 'boss@example.com',
      code: (await codeFor('boss@example.com')).code,
    });
    const { accounts } = await asAdmin('/accounts?limit=100');
    const operator = accounts.find(({ role }: { role: string }) => role === 'admin');
    expect([body.accountId, body.role]).toEqual([operator.id ?? operator.accountId, 'user']);
  });

  test('a disabled account stays closed, for the right code alone to see', async () => {
    const email = newAddress();
    const { body } = await verify({ email, code: (await codeFor(email)).code });
    const path = `/api/v1/admin/accounts/disable`;
    const request = { key: appliance.adminKey, body: { accountId: body.accountId, reason: 'test' } };
    expect((await appliance.call('POST', path, request)).status).toBe(200);
    pass(hourMs);
    const { code } = await codeFor(email);
    expect((await verify({ email, code: otherThan(code) })).body.code).toBe('invalid_code');
    expect(await verify({ email, code })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  test('a browser gets a cookie that stands for a key, and another site can not make it', async () => {
    const email = newAddress();
    const { code } = await codeFor(email);
    const crossSite = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    expect((await post('/auth/browser/email/verify', { email, code }, crossSite)).status).toBe(403);
    const { status, body, headers } = await post('/auth/browser/email/verify', { email, code });
    expect([status, body]).toMatchObject([200, { email, role: 'user' }]);
    const setCookie = headers.get('set-cookie') ?? '';
    expect(setCookie).toMatch(/^killa_tamata_browser_session=.+HttpOnly/);
    const cookie = setCookie.split(';')[0] ?? '';
    const session = await appliance.call('GET', '/api/v1/auth/browser/session', {
      key: null,
      headers: { cookie },
    });
    expect(session.body).toMatchObject({ accountId: body.accountId, email });
  });
});

describe('a code', () => {
  test('works once', async () => {
    const email = newAddress();
    const { challengeId, code } = await codeFor(email);
    expect((await verify({ challengeId, email, code })).status).toBe(201);
    expect(await verify({ challengeId, email, code })).toMatchObject({
      status: 400,
      body: { code: 'invalid_code' },
    });
    expect((await post('/auth/browser/email/verify', { email, code })).status).toBe(400);
  });

  test('works for one of those that bring it at the same time', async () => {
    const email = newAddress();
    const { code } = await codeFor(email);
    const answers = await Promise.all(Array.from({ length: 8 }, () => verify({ email, code })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array(7).fill(400),
    ]);
  });

  test('is dead after five wrong tries, also when they come at once', async () => {
    for (const tries of [4, 5]) {
      const email = newAddress();
      const { code } = await codeFor(email);
      await Promise.all(Array.from({ length: tries }, () => verify({ email, code: otherThan(code) })));
      expect([tries, (await verify({ email, code })).status]).toEqual([tries, tries === 4 ? 201 : 400]);
    }
  });

  test('is replaced by the next one', async () => {
    const email = newAddress();
    const old = await codeFor(email);
    pass(minuteMs);
    const next = await codeFor(email);
    expect(next.challengeId).not.toBe(old.challengeId);
    expect((await verify({ challengeId: old.challengeId, email, code: old.code })).status).toBe(400);
    expect((await verify({ challengeId: old.challengeId, email, code: next.code })).status).toBe(400);
    expect((await verify({ challengeId: next.challengeId, email, code: next.code })).status).toBe(201);
  });

  test("is not good for another's address", async () => {
    const [email, other] = [newAddress(), newAddress()];
    const { challengeId, code } = await codeFor(email);
    await codeFor(other);
    expect((await verify({ challengeId, email: other, code })).status).toBe(400);
  });

  test('expires after ten minutes', async () => {
    const [inTime, late] = [newAddress(), newAddress()];
    const codes = [await codeFor(inTime), await codeFor(late)];
    pass(10 * minuteMs - 1);
    expect((await verify({ email: inTime, code: codes[0]?.code })).status).toBe(201);
    pass(1);
    expect((await verify({ email: late, code: codes[1]?.code })).status).toBe(400);
  });

  test('lives no longer because the clock is set back, and survives a correction of seconds', async () => {
    const [corrected, jumped] = [newAddress(), newAddress()];
    const codes = [await codeFor(corrected), await codeFor(jumped)];
    now -= 20_000;
    expect((await verify({ email: corrected, code: codes[0]?.code })).status).toBe(201);
    now -= hourMs;
    expect((await verify({ email: jumped, code: codes[1]?.code })).status).toBe(400);
    now += hourMs + 20_000;
  });

  test('refused says the same whatever is wrong', async () => {
    const [wrong, never, expired] = [newAddress(), newAddress(), newAddress()];
    const { code: old } = await codeFor(expired);
    pass(11 * minuteMs);
    const { code } = await codeFor(wrong);
    const answers = [
      await verify({ email: wrong, code: otherThan(code) }),
      await verify({ email: wrong, code, challengeId: 'eml_of_another' }),
      await verify({ email: never, code }),
      await verify({ email: expired, code: old }),
    ];
    const seen = answers.map(({ status, body, headers }) => [status, body, [...headers.keys()].toSorted()]);
    expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(1);
  });

  test('is nowhere in the database', async () => {
    const email = newAddress();
    const { code } = await codeFor(email);
    const database = new Database(join(appliance.dataFolder, 'appliance.sqlite'), { readonly: true });
    const row = database
      .prepare<[string], Record<string, unknown>>('SELECT * FROM email_codes WHERE email = ?')
      .get(email);
    database.close();
    expect(row?.code_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.values(row ?? {}).map(String)).not.toContain(code);
  });

  test('is forgotten by the maintenance when its time is over', async () => {
    await codeFor(newAddress());
    pass(hourMs);
    await appliance.maintain();
    const database = new Database(join(appliance.dataFolder, 'appliance.sqlite'), { readonly: true });
    expect(database.prepare('SELECT * FROM email_codes').all()).toEqual([]);
    database.close();
  });
});

describe('asking for codes', () => {
  const refusedFor = async (email: string) => {
    const { status, headers } = await start(email);
    return status === 429 ? Number(headers.get('retry-after')) : null;
  };

  test('goes once a minute, five times an hour and ten times a day for an address', async () => {
    const email = newAddress();
    expect(await refusedFor(email)).toBeNull();
    expect(await refusedFor(email)).toBe(60);
    expect(await refusedFor(newAddress())).toBeNull();
    for (let i = 0; i < 4; i++) {
      pass(minuteMs);
      expect(await refusedFor(email)).toBeNull();
    }
    pass(minuteMs);
    expect(await refusedFor(email)).toBe(55 * 60);
    pass(55 * minuteMs);
    for (let i = 0; i < 5; i++) {
      expect(await refusedFor(email)).toBeNull();
      pass(minuteMs);
    }
    pass(hourMs);
    expect(await refusedFor(email)).toBeGreaterThan(20 * 3600);
  });

  test('goes twenty times an hour for a client, whatever the clock is set to', async () => {
    for (let i = 0; i < 20; i++) expect(await refusedFor(newAddress())).toBeNull();
    now += 3 * hourMs;
    expect(await refusedFor(newAddress())).toBe(3600);
    pass(hourMs);
    expect(await refusedFor(newAddress())).toBeNull();
  });

  test('trying codes goes thirty times in ten minutes for a client', async () => {
    const tried = [];
    for (let i = 0; i < 31; i++) tried.push((await verify({ email: newAddress(), code: '000000' })).status);
    expect(tried).toEqual([...Array(30).fill(400), 429]);
  });

  test.each([
    ['a second header', 'ada@example.com\r\nBcc: evil@example.net'],
    ['a new line', 'ada@example.com\n'],
    ['two addresses', 'ada@example.com,evil@example.net'],
    ['two by semicolon', 'ada@example.com;evil@example.net'],
    ['a name', 'Ada <ada@example.com>'],
    ['angle brackets', '<ada@example.com>'],
    ['a group', 'group:ada@example.com;'],
    ['a comment', 'ada@example.com(x)'],
    ['quotes', '"ada b"@example.com'],
    ['a space', 'ada @example.com'],
    ['a null byte', 'ada\0@example.com'],
    ['two at signs', 'ada@evil@example.com'],
    ['an empty label', 'ada@example..com'],
    ['a dot at the end', 'ada.@example.com'],
    ['an address in brackets', 'ada@[127.0.0.1]'],
    ['letters beyond ASCII', 'adä@example.com'],
    ['too long a local part', `${'a'.repeat(65)}@example.com`],
    ['too long', `ada@${'a.'.repeat(130)}com`],
    ['nothing', ''],
    ['a list', ['ada@example.com']],
  ])('refuses an address with %s', async (_name, email) => {
    const { status, body } = await post('/auth/email/start', { email });
    expect([status, body.details?.issues?.[0]?.path]).toEqual([422, '/email']);
  });

  test.each(["o'neil+tag.x@sub.example.co.uk", 'root@mailhost', 'a_b-c@xn--mnchen-3ya.de'])(
    'takes %s',
    async (email) => expect((await start(email)).status).toBe(202),
  );

  test('refuses fields that it does not know', async () => {
    const email = newAddress();
    expect((await post('/auth/email/start', { email, role: 'admin' })).status).toBe(422);
    expect((await verify({ email, code: '000000', role: 'admin' })).status).toBe(422);
    expect((await post('/auth/browser/email/verify', { email, code: '000000', accountId: 'x' })).status).toBe(
      422,
    );
  });
});

describe('without a mail server', () => {
  test('the code is in the log and in the list of an admin, and of nobody else', async () => {
    const email = newAddress();
    const { code } = await codeFor(email);
    await until(() => lines.some((line) => line.includes(email)));
    expect(JSON.parse(lines.find((line) => line.includes(email)) ?? '')).toMatchObject({
      level: 'info',
      email,
      code,
    });
    expect((await appliance.call('GET', '/api/v1/admin/sign-in-codes')).status).toBe(403);
    expect((await appliance.call('GET', '/api/v1/admin/sign-in-codes', { key: null })).status).toBe(401);
  });

  test('the list has the codes that can be used now, the newest first', async () => {
    const [first, second, used] = [newAddress(), newAddress(), newAddress()];
    pass(hourMs);
    await codeFor(first);
    await codeFor(second);
    await verify({ email: used, code: (await codeFor(used)).code });
    expect((await openCodes()).map(({ email }) => email)).toEqual([second, first]);
    pass(10 * minuteMs);
    expect(await openCodes()).toEqual([]);
  });
});
