import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { hashApiKey } from '../api-key.ts';
import { fakeJob, untilJob } from '../../testing/test-appliance.ts';
import { type SignInAppliance, startSignInAppliance } from '../../testing/sign-in-appliance.ts';

const sessionPath = '/api/v1/auth/browser/session';
const signInPath = '/api/v1/auth/browser/google';
const dayMs = 86_400_000;

let at: SignInAppliance;
let now = Date.UTC(2026, 10, 24, 12);
beforeAll(async () => {
  at = await startSignInAppliance({ clock: () => now });
});
afterAll(() => at[Symbol.asyncDispose]());

let users = 0;
/** Somebody who has never been here. */
const newUser = () => ({
  sub: `user-${(users += 1)}`,
  email: `user-${users}@gmail.com`,
  name: `User ${users}`,
});
const balance = (cookie: string) => at.withCookie(cookie, 'GET', '/api/v1/balance');
const signOut = (cookie: string) => at.withCookie(cookie, 'DELETE', sessionPath);
const operate = (path: string, body: unknown) =>
  at.appliance.call('POST', `/api/v1/admin/${path}`, { key: at.appliance.adminKey, body });
function inDatabase<Row>(statement: string, ...values: unknown[]): Row[] {
  const database = new Database(join(at.appliance.dataFolder, 'appliance.sqlite'));
  const prepared = database.prepare<unknown[], Row>(statement);
  const rows = prepared.reader ? prepared.all(...values) : (prepared.run(...values), []);
  database.close();
  return rows;
}

describe('the cookie', () => {
  test('is closed to scripts and other sites, lasts as long as the session, and is Secure only by https', async () => {
    const { headers, status, body } = await at.post(signInPath, { idToken: await at.google.sign(newUser()) });
    expect(status).toBe(200);
    expect(headers.get('set-cookie')).toMatch(
      /^killa_tamata_browser_session=[\w-]{43}\.[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect(Date.parse(body.expiresAt)).toBe(now + 30 * dayMs);
  });

  test('is Secure where the appliance is reached by https, and is cleared with the same attributes', async () => {
    await using secure = await startSignInAppliance({
      environment: { KT_PUBLIC_URL: 'https://media.example/', KT_SIGN_IN_SESSION_DAYS: '0.5' },
    });
    const { headers } = await secure.post(signInPath, { idToken: await secure.google.sign() });
    const attributes = /; (Max-Age=\d+)(; .*)$/.exec(headers.get('set-cookie') ?? '');
    expect(attributes?.slice(1)).toEqual(['Max-Age=43200', '; Path=/; HttpOnly; SameSite=Lax; Secure']);
    const [cookie = ''] = headers.get('set-cookie')?.split(';') ?? [];
    const out = await secure.withCookie(cookie, 'DELETE', sessionPath);
    expect(out.headers.get('set-cookie')).toBe(`killa_tamata_browser_session=; Max-Age=0${attributes?.[2]}`);
    // The origin that counts is the one that people see.
    const other = { cookie, origin: 'http://localhost' };
    const post = (headers: Record<string, string>) => secure.post('/api/v1/keys', {}, headers);
    expect((await post(other)).status).toBe(403);
    const again = await secure.signInBrowser();
    expect((await post({ cookie: again, origin: 'https://media.example' })).status).toBe(201);
  });

  test('is the only place that holds the token, and its secret is the data folder’s alone', async () => {
    const cookie = await at.signInBrowser(newUser());
    const [token = ''] = cookie.slice(cookie.indexOf('=') + 1).split('.');
    const rows = inDatabase<{ token_hash: string }>('SELECT * FROM browser_sessions');
    expect(rows.map(({ token_hash }) => token_hash)).toContain(hashApiKey(token));
    expect(JSON.stringify(rows)).not.toContain(token);
    const secret = join(at.appliance.dataFolder, 'secrets', 'browser-sessions.key');
    expect(readFileSync(secret)).toHaveLength(32);
    expect(statSync(secret).mode & 0o777).toBe(0o600);
  });

  test('is worth nothing with another signature, however good its token is', async () => {
    const cookie = await at.signInBrowser(newUser());
    const other = await at.signInBrowser(newUser());
    const [token] = cookie.split('.');
    const [, signature] = other.split('.');
    for (const forged of [`${token}.${signature}`, `${token}`, `${token}.${'A'.repeat(43)}`]) {
      const { status, body } = await balance(forged);
      expect([status, body.code]).toEqual([401, 'unauthorized']);
    }
    expect((await balance(cookie)).status).toBe(200);
  });

  test('beside a planted one of the same name is not believed, in either order', async () => {
    const mine = await at.signInBrowser(newUser());
    const planted = await at.signInBrowser(newUser());
    for (const both of [`${mine}; ${planted}`, `${planted}; ${mine}`])
      expect((await balance(both)).status).toBe(401);
    expect((await balance(`theme=dark; ${mine}; x_${planted}`)).status).toBe(200);
  });
});

describe('a session', () => {
  test('tells who is signed in', async () => {
    const user = newUser();
    const cookie = await at.signInBrowser(user);
    const { status, body, headers } = await at.withCookie(cookie, 'GET', sessionPath);
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body).toEqual({
      accountId: expect.stringMatching(/^acct_/),
      email: user.email,
      name: user.name,
      role: 'user',
      expiresAt: new Date(now + 30 * dayMs).toISOString(),
    });
  });

  test('is wanted where there is none, and beside a key it is not looked at', async () => {
    const cookie = await at.signInBrowser(newUser());
    const key = at.appliance.apiKey;
    for (const options of [{ key: null }, { key }, { key, headers: { cookie, 'sec-fetch-site': 'none' } }]) {
      for (const method of ['GET', 'DELETE']) {
        const { status, body } = await at.appliance.call(method, sessionPath, options);
        expect([status, body.code]).toEqual([401, 'unauthorized']);
      }
    }
    expect((await balance(cookie)).status).toBe(200);
  });

  test('does all that a key does, for its own account alone', async () => {
    const [mine, theirs] = [await at.signInBrowser(newUser()), await at.signInBrowser(newUser())];
    const submitted = await at.withCookie(mine, 'POST', '/api/v1/media/jobs', fakeJob());
    expect(submitted.status).toBe(202);
    const path = `/api/v1/media/jobs?jobId=${submitted.body.jobId}`;
    const call = (method: string, url: string) => at.withCookie(mine, method, url);
    expect((await untilJob({ call }, submitted.body.jobId)).status).toBe('succeeded');
    expect((await at.withCookie(theirs, 'GET', path)).status).toBe(404);
    const made = await at.withCookie(mine, 'POST', '/api/v1/keys', { label: 'From the browser' });
    expect(made.status).toBe(201);
    expect((await at.appliance.call('GET', path, { key: made.body.apiKey })).status).toBe(200);
    expect((await at.withCookie(theirs, 'GET', '/api/v1/keys')).body.keys).toEqual([]);
    const revoke = { keyPrefix: made.body.keyPrefix };
    expect((await at.withCookie(theirs, 'POST', '/api/v1/keys/revoke', revoke)).status).toBe(404);
    expect((await at.withCookie(mine, 'POST', '/api/v1/keys/revoke', revoke)).status).toBe(200);
  });

  test('has the role of its account, at each request anew', async () => {
    const cookie = await at.signInBrowser(newUser());
    const { accountId } = (await at.withCookie(cookie, 'GET', sessionPath)).body;
    const check = () => at.withCookie(cookie, 'GET', '/api/v1/admin/ledger/check');
    expect((await check()).status).toBe(403);
    inDatabase("UPDATE accounts SET role = 'admin' WHERE id = ?", accountId);
    expect((await check()).status).toBe(200);
    inDatabase("UPDATE accounts SET role = 'user' WHERE id = ?", accountId);
    expect((await check()).status).toBe(403);
  });

  test('loses its power with the very next request when its account is disabled', async () => {
    const user = newUser();
    const cookie = await at.signInBrowser(user);
    const { accountId } = (await at.withCookie(cookie, 'GET', sessionPath)).body;
    const reason = 'Asked for by mail';
    expect((await operate('accounts/disable', { accountId, reason })).status).toBe(200);
    for (const answer of [await balance(cookie), await at.withCookie(cookie, 'GET', sessionPath)])
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
    const again = await at.post(signInPath, { idToken: await at.google.sign(user) });
    expect([again.status, again.headers.get('set-cookie')]).toEqual([403, null]);
  });

  test('is over when its time is, to the millisecond, and is then deleted', async () => {
    const cookie = await at.signInBrowser(newUser());
    const count = () =>
      inDatabase<{ count: number }>('SELECT count(*) AS count FROM browser_sessions')[0]?.count;
    const began = now;
    try {
      now = began + 30 * dayMs - 1;
      expect((await balance(cookie)).status).toBe(200);
      now += 1;
      expect((await balance(cookie)).status).toBe(401);
      expect(count()).toBeGreaterThan(0);
      await at.appliance.maintain();
      expect(count()).toBe(0);
    } finally {
      now = began;
    }
  });

  test('is one of 50 of its account at most: the oldest makes room', async () => {
    const user = newUser();
    const cookies = [];
    for (let count = 0; count <= 50; count++) {
      cookies.push(await at.signInBrowser(user));
      now += 1;
    }
    const [oldest = '', second = ''] = cookies;
    expect((await balance(oldest)).status).toBe(401);
    expect((await balance(second)).status).toBe(200);
    expect((await balance(cookies.at(-1) ?? '')).status).toBe(200);
  });
});

describe('signing in and out', () => {
  test('a sign-in ends the session whose cookie came with it, whoever put that there', async () => {
    const attacker = await at.signInBrowser(newUser());
    const victim = newUser();
    const { headers } = await at.post(
      signInPath,
      { idToken: await at.google.sign(victim) },
      { cookie: attacker, 'sec-fetch-site': 'same-origin' },
    );
    const [cookie = ''] = headers.get('set-cookie')?.split(';') ?? [];
    expect(cookie).not.toBe(attacker);
    expect((await balance(attacker)).status).toBe(401);
    expect((await at.withCookie(cookie, 'GET', sessionPath)).body.email).toBe(victim.email);
  });

  test('a token that was made up is never taken over by a sign-in', async () => {
    const fixed = `killa_tamata_browser_session=${'A'.repeat(43)}.${'A'.repeat(43)}`;
    const { headers } = await at.post(
      signInPath,
      { idToken: await at.google.sign(newUser()) },
      { cookie: fixed },
    );
    expect(headers.get('set-cookie')).not.toContain('A'.repeat(43));
    expect((await balance(fixed)).status).toBe(401);
  });

  test('signing out ends the session at the server and nobody else’s', async () => {
    const user = newUser();
    const [here, elsewhere] = [await at.signInBrowser(user), await at.signInBrowser(user)];
    const { status, body, headers } = await signOut(here);
    expect([status, body]).toEqual([200, { signedOut: true }]);
    expect(headers.get('set-cookie')).toBe(
      'killa_tamata_browser_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
    );
    expect((await balance(here)).status).toBe(401);
    expect((await balance(elsewhere)).status).toBe(200);
    // Its cookie may still be in the browser, and goes.
    expect((await signOut(here)).headers.get('set-cookie')).toContain('Max-Age=0');
  });

  test('a session outlives a restart, and no other data folder knows it', async () => {
    await using other = await startSignInAppliance();
    const cookie = await at.signInBrowser(newUser());
    expect((await other.withCookie(cookie, 'GET', sessionPath)).status).toBe(401);
    const first = await startSignInAppliance();
    const kept = await first.signInBrowser();
    await first.appliance.stop();
    await using again = await startSignInAppliance({ dataFolder: first.appliance.dataFolder });
    expect((await again.withCookie(kept, 'GET', sessionPath)).status).toBe(200);
    await first.google[Symbol.asyncDispose]();
  });
});

describe('writes from other sites', () => {
  const write = (cookie: string, headers: Record<string, string>, method = 'POST', path = '/api/v1/keys') =>
    at.appliance.call(method, path, { key: null, headers: { cookie, ...headers }, body: {} });

  test('are refused wherever a cookie stands for a key, and change nothing', async () => {
    const cookie = await at.signInBrowser(newUser());
    const evil = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    for (const headers of [evil, { origin: 'https://evil.example' }, { origin: 'null' }, {}]) {
      for (const [method, path] of [
        ['POST', '/api/v1/keys'],
        ['POST', '/api/v1/media/jobs'],
        ['POST', '/api/v1/admin/grants'],
        ['DELETE', '/api/v1/media/jobs?jobId=job_x'],
        ['DELETE', sessionPath],
      ] as const) {
        const { status, body } = await write(cookie, headers, method, path);
        expect([method, path, status, body.code]).toEqual([method, path, 403, 'cross_site_request']);
      }
    }
    expect((await at.withCookie(cookie, 'GET', '/api/v1/keys')).body.keys).toEqual([]);
    expect((await write(cookie, { origin: 'http://localhost' })).status).toBe(201);
  });

  test('are refused with a form that brings files, too', async () => {
    const form = new FormData();
    form.set('task', 'image.generate');
    const headers = { cookie: await at.signInBrowser(newUser()), origin: 'https://evil.example' };
    const request = new Request('http://localhost/api/v1/media/jobs', {
      method: 'POST',
      body: form,
      headers,
    });
    expect((await at.appliance.app.handle(request)).status).toBe(403);
  });

  test('can’t sign a visitor in either, and end no session', async () => {
    const cookie = await at.signInBrowser(newUser());
    const idToken = await at.google.sign(newUser());
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'null' },
    ]) {
      const answer = await at.post(
        signInPath,
        { idToken },
        { cookie, ...(headers as Record<string, string>) },
      );
      expect([answer.status, answer.body.code]).toEqual([403, 'cross_site_request']);
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
    expect((await balance(cookie)).status).toBe(200);
  });

  test('are no matter with a key: then the cookie is not looked at', async () => {
    const cookie = await at.signInBrowser(newUser());
    const headers = { cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const body = { label: 'From anywhere' };
    const made = await at.appliance.call('POST', '/api/v1/keys', { headers, body });
    expect(made.status).toBe(201);
    expect((await at.withCookie(cookie, 'GET', '/api/v1/keys')).body.keys).toEqual([]);
    // A bad key is not made good by a cookie.
    for (const key of [{ authorization: 'Bearer nonsense' }, { 'x-api-key': '' }])
      expect(
        (
          await at.appliance.call('GET', '/api/v1/balance', {
            key: null,
            headers: { cookie, ...(key as object) },
          })
        ).status,
      ).toBe(401);
  });

  test('reads are answered where a person comes from another site, and to no script of one', async () => {
    const cookie = await at.signInBrowser(newUser());
    const read = (more: Record<string, string>) =>
      at.appliance.call('GET', '/api/v1/balance', {
        key: null,
        headers: { cookie, 'sec-fetch-site': 'cross-site', ...more },
      });
    expect((await read({ 'sec-fetch-mode': 'navigate' })).status).toBe(200);
    const { status, body, headers } = await read({ origin: 'https://evil.example' });
    expect([status, body.code]).toEqual([403, 'cross_site_request']);
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});
