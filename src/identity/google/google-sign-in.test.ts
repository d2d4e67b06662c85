import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type SignInAppliance, startSignInAppliance } from '../../testing/sign-in-appliance.ts';

const keyPath = '/api/v1/auth/google';
const browserPath = '/api/v1/auth/browser/google';

let at: SignInAppliance;
beforeAll(async () => {
  at = await startSignInAppliance();
});
afterAll(() => at[Symbol.asyncDispose]());

let users = 0;
/** Somebody who has never been here. */
const newUser = () => ({ sub: `user-${(users += 1)}`, email: `user-${users}@gmail.com` });
const balanceOf = (apiKey: string) => at.appliance.call('GET', '/api/v1/balance', { key: apiKey });
const accountsCount = async (appliance = at.appliance) => {
  const { body } = await appliance.call('GET', '/api/v1/admin/accounts?limit=100', {
    key: appliance.adminKey,
  });
  return body.accounts.length;
};

/** The two doors to a key, which are one. */
const doors = [
  [keyPath, 'keyLabel'],
  ['/api/v1/keys', 'label'],
] as const;

describe.each(doors)('a key by ID token at %s', (path, labelField) => {
  test('is shown once, works, and is of the account that the person signed in to', async () => {
    const user = newUser();
    const { status, body } = await at.post(path, {
      idToken: await at.google.sign({ ...user, nonce: 'n-1' }),
      nonce: 'n-1',
      [labelField]: 'Google bootstrap key',
    });
    expect(status).toBe(201);
    const key = { label: 'Google bootstrap key', role: 'user', keyPrefix: body.apiKey.slice(0, 16) };
    expect(body).toMatchObject({ ...key, email: user.email });
    expect([body.apiKey.slice(0, 8), body.accountId.slice(0, 5)]).toEqual(['kt_live_', 'acct_']);
    expect((await balanceOf(body.apiKey)).status).toBe(200);
    const again = await at.post(path, { idToken: await at.google.sign(user) });
    expect(again.body).toMatchObject({ accountId: body.accountId, label: 'API key' });
    expect(again.body.apiKey).not.toBe(body.apiKey);
  });

  test('is refused for a token that proves nothing, in words, and opens no account', async () => {
    const before = await accountsCount();
    const user = newUser();
    const nonce = { idToken: await at.google.sign(user), nonce: 'n-1' };
    const unverified = { idToken: await at.google.sign({ ...user, email_verified: false }) };
    const expired = { idToken: await at.google.sign({ ...user, exp: 1 }) };
    for (const body of [nonce, unverified, expired, { idToken: 'x' }]) {
      const answer = await at.post(path, body);
      expect([answer.status, answer.body.code]).toEqual([401, 'invalid_id_token']);
      expect(JSON.stringify(answer.body)).not.toContain(user.email);
    }
    expect(await accountsCount()).toBe(before);
  });

  test.each([
    ['an account to take over', { accountId: 'acct_x' }],
    ['an e-mail address', { email: 'operator@gmail.com' }],
    ['a balance', { balanceMicros: 1_000_000 }],
    ['its own key', { apiKey: 'kt_live_x' }],
    ['a nonce that is none', { nonce: 7 }],
  ])('takes no field that it does not know: %s', async (_name, extra) => {
    const before = await accountsCount();
    const { status, body } = await at.post(path, { idToken: await at.google.sign(newUser()), ...extra });
    expect([status, body.code]).toEqual([422, 'invalid_input']);
    expect(await accountsCount()).toBe(before);
  });

  test('comes in one piece: where the account has all keys that it may, nobody is signed in', async () => {
    const user = newUser();
    const { body } = await at.post(path, { idToken: await at.google.sign(user) });
    const key = body.apiKey;
    for (let count = 1; count < 100; count++)
      await at.appliance.call('POST', '/api/v1/keys', { key, body: {} });
    const audit = async () => {
      const asAdmin = { key: at.appliance.adminKey };
      const url = `/api/v1/admin/audit?subject=${body.accountId}`;
      return (await at.appliance.call('GET', url, asAdmin)).body.entries.length;
    };
    const before = await audit();
    expect(before).toBe(1);
    const refused = await at.post(path, { idToken: await at.google.sign(user) });
    expect([refused.status, refused.body.code]).toEqual([409, 'too_many_keys']);
    expect(await audit()).toBe(before);
  });

  test('is not had while Google’s keys can’t be fetched', async () => {
    await using cold = await startSignInAppliance();
    cold.google.answerInstead = () => new Response('no', { status: 500 });
    const refused = await cold.post(path, { idToken: await cold.google.sign() });
    expect([refused.status, refused.body.code]).toEqual([503, 'google_unavailable']);
    expect(refused.headers.get('retry-after')).toBe('10');
    cold.google.answerInstead = undefined;
    expect((await cold.post(path, { idToken: await cold.google.sign() })).status).toBe(201);
  });
});

describe('POST /keys', () => {
  test('without a key says nothing of a body before the token is proven', async () => {
    const bad = { label: '', bogus: 1 };
    for (const idToken of [undefined, null, 7, {}, '', 'x']) {
      const { status } = await at.post('/api/v1/keys', { ...bad, idToken });
      expect([idToken, status]).toEqual([idToken, 401]);
    }
    const idToken = await at.google.sign(newUser());
    expect((await at.post('/api/v1/keys', { ...bad, idToken })).status).toBe(422);
  });

  test('with a key and a token does not choose', async () => {
    const user = newUser();
    const body = { idToken: await at.google.sign(user) };
    const { status, body: answer } = await at.appliance.call('POST', '/api/v1/keys', { body });
    expect([status, answer.details.issues[0].path]).toEqual([422, '/idToken']);
    // A bad key is not made good by a token.
    for (const key of ['kt_live_nonsense', ''])
      expect((await at.appliance.call('POST', '/api/v1/keys', { body, key })).status).toBe(401);
  });

  test('with a session and a token goes by the token: a cookie may be there by chance', async () => {
    const cookie = await at.signInBrowser(newUser());
    const user = newUser();
    const idToken = await at.google.sign(user);
    expect((await at.post('/api/v1/keys', { idToken }, { cookie })).body.email).toBe(user.email);
    const stale = `killa_tamata_browser_session=${'A'.repeat(43)}.${'A'.repeat(43)}`;
    expect((await at.post('/api/v1/keys', { idToken }, { cookie: stale })).status).toBe(201);
  });

  test('makes an admin key for an admin alone', async () => {
    await using operated = await startSignInAppliance({
      environment: { KT_SIGN_IN_OPERATOR_EMAILS: 'Operator@gmail.com' },
    });
    const before = await accountsCount(operated.appliance);
    const keyFor = async (email: string) =>
      operated.post('/api/v1/keys', {
        idToken: await operated.google.sign({ sub: email, email }),
        role: 'admin',
      });
    expect((await keyFor('ada@gmail.com')).status).toBe(403);
    // Both or neither: the account was not opened.
    expect(await accountsCount(operated.appliance)).toBe(before);
    const { status, body } = await keyFor('operator@gmail.com');
    expect([status, body.role]).toEqual([201, 'admin']);
    const check = '/api/v1/admin/ledger/check';
    expect((await operated.appliance.call('GET', check, { key: body.apiKey })).status).toBe(200);
  });
});

describe('who may sign in', () => {
  test('an address is the operator’s only where Google decides whose it is', async () => {
    await using operated = await startSignInAppliance({
      environment: { KT_SIGN_IN_OPERATOR_EMAILS: 'operator@company.example' },
    });
    const session = async (claims: object) => {
      const cookie = await operated.signInBrowser({ email: 'operator@company.example', ...claims });
      return (await operated.withCookie(cookie, 'GET', '/api/v1/auth/browser/session')).body;
    };
    expect((await session({ sub: 'stranger' })).role).toBe('user');
    expect((await session({ sub: 'operator', hd: 'company.example' })).role).toBe('admin');
  });

  test('the same address from another subject is another person', async () => {
    const { email } = newUser();
    const bySub = async (sub: string) =>
      (await at.post(keyPath, { idToken: await at.google.sign({ sub, email }) })).body.accountId;
    expect(await bySub(`${email}-1`)).not.toBe(await bySub(`${email}-2`));
  });

  test('only those that the operator lets in open an account', async () => {
    await using closed = await startSignInAppliance({
      environment: { KT_SIGN_IN_ALLOWED_EMAILS: '@company.example' },
    });
    for (const path of [keyPath, browserPath, '/api/v1/keys']) {
      const refused = await closed.post(path, { idToken: await closed.google.sign() });
      expect([refused.status, refused.body.code]).toEqual([403, 'sign_up_closed']);
      expect(refused.headers.get('set-cookie')).toBeNull();
    }
    const email = 'ada@company.example';
    // She may have left the company since Google saw her mail.
    const former = await closed.google.sign({ sub: 'former', email });
    expect((await closed.post(keyPath, { idToken: former })).status).toBe(403);
    const idToken = await closed.google.sign({ email, hd: 'company.example' });
    expect((await closed.post(keyPath, { idToken })).status).toBe(201);
  });

  test('a client that tries too often is told when to come again', async () => {
    await using busy = await startSignInAppliance();
    const statuses = [];
    for (let count = 0; count < 121; count++)
      statuses.push((await busy.post(keyPath, { idToken: 'x' })).status);
    expect(statuses.indexOf(429)).toBe(120);
    for (const path of [browserPath, '/api/v1/keys']) {
      const { status, headers } = await busy.post(path, { idToken: 'x' });
      expect([status, Number(headers.get('retry-after')) > 0]).toEqual([429, true]);
    }
  });
});

describe('a browser', () => {
  test('is signed in by a token, and gets no key to keep', async () => {
    const user = newUser();
    const idToken = await at.google.sign({ ...user, nonce: 'n-1' });
    const { status, body, headers } = await at.post(browserPath, { idToken, nonce: 'n-1' });
    expect([status, body.email]).toEqual([200, user.email]);
    expect(JSON.stringify(body)).not.toContain('kt_live_');
    const [cookie = ''] = headers.get('set-cookie')?.split(';') ?? [];
    expect((await at.withCookie(cookie, 'GET', '/api/v1/keys')).body.keys).toEqual([]);
  });

  test.each([[{ keyLabel: 'x' }], [{ accountId: 'acct_x' }], [{ role: 'admin' }], [{ idToken: '' }]])(
    'is not signed in by a body like %j',
    async (extra) => {
      const { status, headers } = await at.post(browserPath, { idToken: await at.google.sign(), ...extra });
      expect([status, headers.get('set-cookie')]).toEqual([422, null]);
    },
  );

  test('gets no cookie for a token that proves nothing', async () => {
    const refused = await at.post(browserPath, { idToken: await at.google.sign({ aud: 'another' }) });
    expect([refused.status, refused.body.code]).toEqual([401, 'invalid_id_token']);
    expect(refused.headers.get('set-cookie')).toBeNull();
  });
});

describe('what a page may offer', () => {
  const options = async ({ appliance }: SignInAppliance) =>
    (await appliance.call('GET', '/api/v1/auth/options', { key: null })).body;

  test('is Google’s client ids, and whether codes are mailed', async () => {
    expect(await options(at)).toEqual({
      google: { clientIds: [at.google.clientId] },
      email: { mailed: false },
    });
  });

  test('is not Google where that is not configured, which every door says', async () => {
    await using off = await startSignInAppliance({ environment: { KT_GOOGLE_CLIENT_IDS: '' } });
    expect((await options(off)).google).toBeNull();
    for (const path of [keyPath, browserPath, '/api/v1/keys']) {
      const refused = await off.post(path, { idToken: 'x' });
      expect([refused.status, refused.body.code]).toEqual([503, 'google_not_configured']);
    }
  });
});
