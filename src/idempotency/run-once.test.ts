import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { type SignInAppliance, startSignInAppliance } from '../testing/sign-in-appliance.ts';
import type { Answer, TestAppliance } from '../testing/test-appliance.ts';

/** Writes of accounts and money that a client sends again because it saw no answer. */

let at: SignInAppliance;
let appliance: TestAppliance;
let account: { accountId: string; apiKey: string };
beforeAll(async () => {
  at = await startSignInAppliance();
  ({ appliance } = at);
});
afterAll(() => at[Symbol.asyncDispose]());
beforeEach(async () => {
  account = (await asAdmin('POST', '/accounts', { name: 'Ada', grantMicros: 1_000 })).body;
});

let count = 0;
const newKey = () => ({ 'x-idempotency-key': `write-${++count}` });
const asAdmin = (method: string, path: string, body?: object, headers = {}): Promise<Answer> =>
  appliance.call(method, `/api/v1/admin${path}`, {
    ...{ key: appliance.adminKey, headers },
    ...(body === undefined ? {} : { body }),
  });
const keysOf = async (key: string): Promise<{ id: string; keyPrefix: string }[]> =>
  (await appliance.call('GET', '/api/v1/keys', { key })).body.keys;
const auditOf = async (subject: string): Promise<string[]> =>
  (await asAdmin('GET', `/audit?subject=${subject}`)).body.entries.map(
    ({ action }: { action: string }) => action,
  );
const isReplayed = ({ headers }: Answer) => headers.get('idempotency-replayed') === 'true';

describe('a key that is asked for again', () => {
  test.each([
    ['X-Idempotency-Key', { 'x-idempotency-key': 'k' }],
    ['Idempotency-Key', { 'idempotency-key': '"k"' }],
  ])('under %s is made once, and shown once', async (_name, headers) => {
    const ask = (body: object) =>
      appliance.call('POST', '/api/v1/keys', { key: account.apiKey, headers, body });
    const first = await ask({ label: 'Agent' });
    const again = await ask({ label: 'Agent' });
    expect([first.status, again.status, again.body.code]).toEqual([201, 409, 'already_created']);
    expect(again.body.details).toEqual({
      ...{ keyId: first.body.id, keyPrefix: first.body.keyPrefix, accountId: account.accountId },
    });
    expect([isReplayed(first), isReplayed(again)]).toEqual([false, true]);
    expect(JSON.stringify(again.body)).not.toContain(first.body.apiKey.slice(17));
    expect((await keysOf(account.apiKey)).length).toBe(2);
    const other = await ask({ label: 'Another' });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reuse']);
  });

  test('at the same moment is made once', async () => {
    const headers = newKey();
    const ask = () => appliance.call('POST', '/api/v1/keys', { key: account.apiKey, headers, body: {} });
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers.filter(({ status }) => status === 201).length).toBe(1);
    expect(answers.filter(({ status }) => status === 409).length).toBe(2);
    expect((await keysOf(account.apiKey)).length).toBe(2);
  });

  test('without an idempotency key is another one', async () => {
    const ask = () => appliance.call('POST', '/api/v1/keys', { key: account.apiKey, body: {} });
    expect((await ask()).body.apiKey).not.toBe((await ask()).body.apiKey);
  });

  test.each(['/api/v1/keys', '/api/v1/auth/google'])(
    'by ID token at %s is made once a person, whichever token proves it',
    async (path) => {
      const headers = newKey();
      const sub = `person-${count}`;
      const ask = async (person: string) => {
        const claims = { sub: person, email: `${person}@gmail.com`, jti: crypto.randomUUID() };
        return at.post(path, { idToken: await at.google.sign(claims) }, headers);
      };
      const first = await ask(sub);
      const again = await ask(sub);
      expect([first.status, again.status, again.body.code]).toEqual([201, 409, 'already_created']);
      expect((await keysOf(first.body.apiKey)).length).toBe(1);
      expect((await ask(`${sub}b`)).status).toBe(201);
    },
  );

  test('is on record without its secret', async () => {
    const headers = newKey();
    const { body } = await appliance.call('POST', '/api/v1/keys', { key: account.apiKey, headers, body: {} });
    const { apiKey } = (await asAdmin('POST', '/accounts', { name: 'B' }, headers)).body;
    const { default: Database } = await import('better-sqlite3');
    const database = new Database(`${appliance.dataFolder}/appliance.sqlite`, { readonly: true });
    const records = JSON.stringify(database.prepare('SELECT * FROM idempotency_records').all());
    database.close();
    expect(records).toContain(body.keyPrefix);
    for (const secret of [body.apiKey, apiKey]) expect(records).not.toContain(secret.slice(17));
  });
});

test('a key is revoked by a repeated request as by one', async () => {
  const { keyPrefix } = (await appliance.call('POST', '/api/v1/keys', { key: account.apiKey, body: {} }))
    .body;
  const headers = newKey();
  const ask = () =>
    appliance.call('POST', '/api/v1/keys/revoke', { key: account.apiKey, headers, body: { keyPrefix } });
  const first = await ask();
  const again = await ask();
  expect([again.status, again.body, isReplayed(again)]).toEqual([200, first.body, true]);
});

describe('an operator who sends again', () => {
  test('an account opens it once, with one key', async () => {
    const headers = newKey();
    const body = { name: 'Once', grantMicros: 7 };
    const first = await asAdmin('POST', '/accounts', body, headers);
    const again = await asAdmin('POST', '/accounts', body, headers);
    const { accountId, apiKey } = first.body;
    expect([again.status, again.body.code]).toEqual([409, 'already_created']);
    expect(again.body.details).toMatchObject({ accountId, keyPrefix: apiKey.slice(0, 16) });
    const { accounts } = (await asAdmin('GET', '/accounts?limit=100')).body;
    expect(accounts.filter(({ name }: { name: string }) => name === 'Once').length).toBe(1);
  });

  test.each([250, -250])('credit of %d books it once, and is answered as at first', async (amountMicros) => {
    const headers = newKey();
    const grant = { accountId: account.accountId, amountMicros, reference: `ticket-${count}` };
    const first = await asAdmin('POST', '/grants', grant, headers);
    const again = await asAdmin('POST', '/grants', grant, headers);
    expect(first.body).toEqual({ balanceMicros: 1_000 + amountMicros, wasNew: true });
    expect([again.status, again.body, isReplayed(again)]).toEqual([200, first.body, true]);
    expect((await auditOf(account.accountId)).filter((action) => action === 'account.grant').length).toBe(1);
  });

  test('credit that could not be taken tries again: nothing is on record of what failed', async () => {
    const headers = newKey();
    const take = { accountId: account.accountId, amountMicros: -2_000, reference: 'much' };
    expect((await asAdmin('POST', '/grants', take, headers)).status).toBe(402);
    const more = { accountId: account.accountId, amountMicros: 1_500, reference: 'more' };
    await asAdmin('POST', '/grants', more);
    expect((await asAdmin('POST', '/grants', take, headers)).body).toEqual({
      ...{ balanceMicros: 500, wasNew: true },
    });
  });

  test('the disabling of an account does not undo what came between', async () => {
    const headers = newKey();
    const body = { accountId: account.accountId, reason: 'ticket 42' };
    const first = await asAdmin('POST', '/accounts/disable', body, headers);
    await asAdmin('POST', '/accounts/enable', body);
    const again = await asAdmin('POST', '/accounts/disable', body, headers);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect((await appliance.call('GET', '/api/v1/balance', { key: account.apiKey })).status).toBe(200);
  });

  test('the suspension of an affiliate neither', async () => {
    const asked = { key: account.apiKey, body: { displayName: 'Ada' } };
    const { affiliateId } = (await appliance.call('POST', '/api/v1/affiliates/me/apply', asked)).body;
    const headers = newKey();
    const body = { affiliateId, reason: 'spam' };
    const first = await asAdmin('POST', '/affiliates/suspend', body, headers);
    await asAdmin('POST', '/affiliates/approve', { affiliateId });
    const again = await asAdmin('POST', '/affiliates/suspend', body, headers);
    expect([first.status, first.body.state, isReplayed(again)]).toEqual([200, 'suspended', true]);
    const { affiliates } = (await asAdmin('GET', '/affiliates?state=active')).body;
    expect(affiliates.map((one: { affiliateId: string }) => one.affiliateId)).toContain(affiliateId);
  });

  test('one key for two routes means two things', async () => {
    const headers = newKey();
    const body = { accountId: account.accountId, reason: 'x' };
    expect((await asAdmin('POST', '/accounts/disable', body, headers)).body.disabledAt).not.toBeNull();
    expect((await asAdmin('POST', '/accounts/enable', body, headers)).body.disabledAt).toBeNull();
  });
});
