import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import {
  type Answer,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
} from '../testing/test-appliance.ts';
import { dayMs, startAffiliates, testClock, type TestAffiliates } from './test-affiliates.ts';

/** The programme over HTTP. Purchases are made by another hand on the same database, as a provider's webhook would. */

const clock = testClock();
let appliance: TestAppliance;
let programme: TestAffiliates;
beforeAll(async () => {
  const environment = { KT_RATE_LIMIT_WRITES_PER_MINUTE: '100000', KT_AFFILIATES_PAYOUT_MIN_USD: '5' };
  appliance = await startTestAppliance({ modelsFolder: fakeModels(), environment, clock: clock.clock });
  programme = await startAffiliates({ environment, dataFolder: appliance.dataFolder, clock });
});
afterAll(async () => {
  await programme.stop();
  await appliance.stop();
});

const base = '/api/v1/affiliates';
const get = (path: string, key?: string) => appliance.call('GET', path, key === undefined ? {} : { key });
const post = (path: string, body: unknown, key?: string, headers: Record<string, string> = {}) =>
  appliance.call('POST', path, { body, headers, ...(key === undefined ? {} : { key }) });
const operate = (action: string, body: unknown) =>
  post(`/api/v1/admin/affiliates/${action}`, body, appliance.adminKey);

interface Person {
  accountId: string;
  key: string;
}

async function openAccount(): Promise<Person> {
  const { body } = await post('/api/v1/admin/accounts', { name: 'Ada Lovelace' }, appliance.adminKey);
  return { accountId: body.accountId, key: body.apiKey };
}

async function openAffiliate(): Promise<Person & { affiliateId: string; code: string }> {
  const person = await openAccount();
  const payout = { payoutMethod: 'paypal', payoutDetails: 'ada@example.com' };
  const { status, body } = await post(`${base}/me/apply`, payout, person.key);
  expect([status, body.state]).toEqual([201, 'active']);
  const { code } = (await get(`${base}/me/code`, person.key)).body;
  return { ...person, affiliateId: body.affiliateId, code };
}

/** A purchase of $100, by which an affiliate earns $20. @returns its id and who earns by it */
async function buy(accountId: string, affiliateCode: string | null, captureToken: string | null = null) {
  const { id, affiliateId } = await programme.writer.write(() => {
    const purchase = programme.purchases.open({
      ...{ accountId, provider: 'stripe', packageCode: null, affiliateCode, captureToken },
      ...{ priceUsdCents: 10_000, creditMicros: 110_000_000 },
    });
    programme.purchases.settle(purchase.id);
    return purchase;
  });
  return { id, affiliateId };
}

/** An affiliate with $20 that can be paid out. */
async function earn() {
  const affiliate = await openAffiliate();
  await buy((await openAccount()).accountId, affiliate.code);
  clock.pass(31 * dayMs);
  return affiliate;
}

const cookieOf = ({ headers }: Answer) => headers.get('set-cookie') ?? '';
const tokenOf = (answer: Answer) => /^killa_tamata_referral=([^;]*)/.exec(cookieOf(answer))?.[1] ?? '';
/** Without what differs from request to request and from code to code. */
const shape = ({ status, headers, body }: Answer, code: string) => ({
  status,
  body: JSON.stringify(body)
    .replaceAll(code, 'CODE')
    .replaceAll(/CODE\.\d+\.[\w-]{43}/g, 'TOKEN'),
  headers: [...headers].map(([name, value]) => [
    name,
    name === 'x-request-id' ? '' : value.replace(code, 'CODE').replace(/CODE\.\d+\.[\w-]{43}/, 'TOKEN'),
  ]),
});

describe('a visitor', () => {
  test('who follows a referral link comes to a page of this appliance, with a cookie only the server reads', async () => {
    const { code } = await openAffiliate();
    const answer = await get(
      `${base}/r?code=${code.toLowerCase()}&next=https://evil.example&to=//evil.example`,
    );
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/?ref=1']);
    expect(cookieOf(answer)).toMatch(
      /^killa_tamata_referral=[\w.-]+; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/,
    );
    expect(tokenOf(answer).startsWith(`${code}.`)).toBe(true);
  });

  test('with something that is no code is led on without a cookie', async () => {
    for (const query of [
      '',
      '?code=',
      '?code=ab',
      '?code=%0d%0aset-cookie:x',
      '?code=%C3%9F%C3%9F%C3%9F%C3%9F',
    ]) {
      const answer = await get(`${base}/r${query}`);
      expect([query, answer.headers.get('location'), cookieOf(answer)]).toEqual([query, '/?ref=1', '']);
    }
  });

  test('learns nothing of a code: known, unknown and suspended ones are answered alike', async () => {
    const { code } = await openAffiliate();
    const suspended = await openAffiliate();
    await operate('suspend', { affiliateId: suspended.affiliateId, reason: 'test' });
    const codes = [code, suspended.code, 'NOBODYS_42X'.padEnd(code.length, 'Z').slice(0, code.length)];
    for (const ask of [
      (one: string) => get(`${base}/r?code=${one}`),
      (one: string) => post(`${base}/validate-code`, { code: one }),
      (one: string) => post(`${base}/capture`, { code: one }),
    ]) {
      const shapes = [];
      for (const one of codes) shapes.push(shape(await ask(one), one));
      expect(shapes[1]).toEqual(shapes[0]);
      expect(shapes[2]).toEqual(shapes[0]);
    }
  });

  test('hears of the form of a code', async () => {
    const judge = async (code: string) => (await post(`${base}/validate-code`, { code })).body;
    expect(await judge('promo_42')).toEqual({ code: 'PROMO_42', valid: true });
    for (const bad of ['abc', 'A'.repeat(33), 'PROMO-42', 'PROMO 42', "x' OR 1=1", 'ÄÖÜß'])
      expect(await judge(bad)).toEqual({ code: null, valid: false });
    expect((await post(`${base}/validate-code`, { code: 'PROMO_42', hint: true })).status).toBe(422);
  });

  test('refreshes a capture without making it last longer; another code is another visit', async () => {
    const first = (await post(`${base}/capture`, { code: 'FIRST_CODE' })).body;
    expect(Date.parse(first.expiresAt) - Date.parse(first.capturedAt)).toBe(30 * dayMs);
    clock.pass(10 * dayMs);
    const refreshed = (await post(`${base}/capture`, { captureToken: first.captureToken })).body;
    expect(refreshed).toEqual(first);
    const again = await post(`${base}/capture`, { code: 'first_code', captureToken: first.captureToken });
    expect(again.body).toEqual(first);
    expect(cookieOf(again)).toContain(`Max-Age=${20 * 86_400};`);
    const headers = { cookie: `other=1; killa_tamata_referral=${first.captureToken}` };
    expect((await post(`${base}/capture`, { code: 'FIRST_CODE' }, undefined, headers)).body).toEqual(first);
    const other = (await post(`${base}/capture`, { code: 'OTHER_CODE' }, undefined, headers)).body;
    expect(Date.parse(other.capturedAt) - Date.parse(first.capturedAt)).toBe(10 * dayMs);
    clock.pass(20 * dayMs);
    const late = await post(`${base}/capture`, { captureToken: first.captureToken });
    expect([late.status, late.body.code]).toEqual([400, 'bad_capture_token']);
    expect((await post(`${base}/capture`, {})).status).toBe(422);
  });

  test('who comes too often is told to wait, by client', async () => {
    clock.pass(61_000);
    const headers = { 'x-forwarded-for': '198.51.100.7' };
    const answers = [];
    for (let count = 0; count < 61; count++)
      answers.push(await appliance.call('GET', `${base}/r?code=PROMO_42`, { key: null, headers }));
    expect(answers.slice(0, 60).map(({ status }) => status)).toEqual(Array(60).fill(302));
    const refused = await appliance.call('POST', `${base}/validate-code`, {
      key: null,
      headers,
      body: { code: 'A' },
    });
    expect([answers[60]?.status, refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([
      429,
      429,
      true,
    ]);
    clock.pass(61_000);
    expect((await get(`${base}/r?code=PROMO_42`)).status).toBe(302);
  });
});

describe('an affiliate', () => {
  test('applies once, is told apart from others by the key, and edits what is theirs to edit', async () => {
    const { key } = await openAccount();
    for (const path of [
      'me',
      'me/code',
      'me/dashboard',
      'me/commissions',
      'me/payouts',
      'me/payout-requests',
    ]) {
      expect([path, (await appliance.call('GET', `${base}/${path}`, { key: null })).status]).toEqual([
        path,
        401,
      ]);
      const { status, body } = await get(`${base}/${path}`, key);
      expect([path, status, body.code]).toEqual([path, 404, 'not_an_affiliate']);
    }
    const applied = await post(`${base}/me/apply`, {}, key);
    expect(applied.body).toMatchObject({
      state: 'active',
      displayName: 'Ada Lovelace',
      commissionPercent: 20,
      code: null,
    });
    expect((await post(`${base}/me/apply`, {}, key)).body.code).toBe('already_applied');
    const edit = (body: unknown) => appliance.call('PATCH', `${base}/me`, { key, body });
    const changes = {
      displayName: 'A.',
      websiteUrl: 'https://a.example',
      payoutMethod: 'crypto',
      payoutDetails: '0x1',
    };
    expect((await edit(changes)).body).toMatchObject(changes);
    expect((await edit({ websiteUrl: null })).body).toMatchObject({ ...changes, websiteUrl: null });
    for (const extra of [
      { state: 'active' },
      { owedMicros: 0 },
      { code: 'MINE_42' },
      { affiliateId: 'aff_x' },
      { accountId: 'acct_x' },
      { commissionPercent: 100 },
      { websiteUrl: 'javascript:alert(1)' },
      { displayName: '' },
      { payoutMethod: 'cash' },
    ])
      expect([extra, (await edit(extra)).status]).toEqual([extra, 422]);
    expect((await get(`${base}/me`, key)).body).toMatchObject({
      ...changes,
      websiteUrl: null,
      state: 'active',
    });
  });

  test('gets one code, however often and at once it is asked for', async () => {
    const { key } = await openAccount();
    await post(`${base}/me/apply`, { displayName: 'Ünï & Co' }, key);
    const answers = await Promise.all([1, 2, 3].map(() => get(`${base}/me/code`, key)));
    const codes = new Set(answers.map(({ body }) => body.code));
    expect(codes.size).toBe(1);
    const [code = ''] = codes;
    expect(code).toMatch(/^UNICO_[A-Z0-9]{5}$/);
    expect(answers[0]?.body.url).toBe(`http://localhost${base}/r?code=${code}`);
  });

  test('leaves a trace when it says anew where its money goes', async () => {
    const { key, affiliateId } = await openAffiliate();
    const changes = { payoutDetails: 'somebody-else@example.com' };
    expect((await appliance.call('PATCH', `${base}/me`, { body: changes, key })).status).toBe(200);
    const audit = `/api/v1/admin/audit?subject=${affiliateId}`;
    const [latest] = (await get(audit, appliance.adminKey)).body.entries;
    expect(latest).toMatchObject({ action: 'affiliate.edit', details: { changed: ['payoutDetails'] } });
  });

  test('is called by the name of the account, however long that is', async () => {
    const name = 'Ada '.repeat(25);
    const { apiKey } = (await post('/api/v1/admin/accounts', { name }, appliance.adminKey)).body;
    const { status, body } = await post(`${base}/me/apply`, {}, apiKey);
    expect([status, body.displayName]).toEqual([201, name.slice(0, 80)]);
  });

  test('shows no e-mail address in a code, which everybody sees', async () => {
    const { key } = await openAccount();
    await post(`${base}/me/apply`, { displayName: 'ada@example.com' }, key);
    expect((await get(`${base}/me/code`, key)).body.code).toMatch(/^REF_[A-Z0-9]{5}$/);
  });

  test('sees commissions and balances move from held to available, and never who bought', async () => {
    const affiliate = await openAffiliate();
    const customer = await openAccount();
    const { id } = await buy(customer.accountId, affiliate.code.toLowerCase());
    await programme.writer.write(() => programme.purchases.refunded(id, 2_500));
    const held = (await get(`${base}/me/dashboard`, affiliate.key)).body;
    expect(held).toMatchObject({
      ...{ purchases: 1, code: affiliate.code, available: { amountMicros: 0 } },
      ...{
        earned: { amountUsd: 20 },
        reversed: { amountUsd: 5 },
        held: { amountUsd: 15, amountMicros: 15_000_000 },
      },
    });
    clock.pass(30 * dayMs);
    await appliance.maintain();
    const released = (await get(`${base}/me/dashboard`, affiliate.key)).body;
    expect([released.held.amountMicros, released.available.amountMicros]).toEqual([0, 15_000_000]);
    const { body } = await get(`${base}/me/commissions`, affiliate.key);
    expect(body.commissions).toMatchObject([
      { state: 'released', amount: { amountUsd: 15 }, reversed: { amountUsd: 5 } },
    ]);
    const told = JSON.stringify([body, released]);
    expect(told).not.toContain(customer.accountId);
    expect(told).not.toContain(id);
  });

  test('pages through commissions, each once', async () => {
    const affiliate = await openAffiliate();
    const customer = await openAccount();
    for (let count = 0; count < 5; count++) await buy(customer.accountId, affiliate.code);
    const seen = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const path: string = `${base}/me/commissions?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { body }: Answer = await get(path, affiliate.key);
      seen.push(...body.commissions.map((one: { commissionId: string }) => one.commissionId));
      cursor = body.nextCursor;
    }
    expect([seen.length, new Set(seen).size]).toEqual([5, 5]);
    expect((await get(`${base}/me/commissions?cursor=-1`, affiliate.key)).status).toBe(422);
  });
});

describe('binding', () => {
  test('happens once and for good, to an active affiliate who is somebody else', async () => {
    const [first, second] = [await openAffiliate(), await openAffiliate()];
    const { key, accountId } = await openAccount();
    const bind = (code: string, as = key) => post(`${base}/me/bind-code`, { code }, as);
    expect((await bind('NOBODYS_42')).body.code).toBe('unknown_affiliate_code');
    expect((await bind('no code')).body.code).toBe('unknown_affiliate_code');
    expect((await bind(first.code, first.key)).body.code).toBe('self_referral');
    expect((await bind(first.code.toLowerCase())).body).toEqual({ bound: true, code: first.code });
    expect((await bind(first.code)).status).toBe(200);
    // Bound, one learns nothing of other codes.
    for (const code of [second.code, 'NOBODYS_42'])
      expect((await bind(code)).body.code).toBe('already_bound');
    expect((await buy(accountId, second.code)).affiliateId).toBe(first.affiliateId);
    expect((await get(`${base}/me/dashboard`, first.key)).body.boundAccounts).toBe(1);
  });

  test('a suspended code is unknown, and guessing ends after ten tries', async () => {
    const { code, affiliateId } = await openAffiliate();
    await operate('suspend', { affiliateId, reason: 'spam' });
    const { key } = await openAccount();
    const statuses = [];
    for (let count = 0; count < 11; count++)
      statuses.push((await post(`${base}/me/bind-code`, { code }, key)).status);
    expect(statuses).toEqual([...Array(10).fill(404), 429]);
  });
});

describe('payouts', () => {
  test('go from requested over approved to paid, each step once and written down', async () => {
    const affiliate = await earn();
    const before = (await get(`${base}/me/payout-requests`, affiliate.key)).body;
    expect(before.payoutRequests).toEqual([]);
    const headers = { 'x-idempotency-key': 'once' };
    const ask = (body: unknown = { amountMicros: 15_000_000 }) =>
      post(`${base}/me/payout-requests`, body, affiliate.key, headers);
    const asked = await ask();
    expect([asked.status, asked.body.state, asked.body.amount.amountUsd]).toEqual([201, 'requested', 15]);
    const again = await ask();
    expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([
      201,
      asked.body,
      'true',
    ]);
    expect((await ask({ amountMicros: 5_000_000 })).body.code).toBe('idempotency_key_reuse');
    const { payoutRequestId } = asked.body;
    expect((await post(`${base}/me/payout-requests`, {}, affiliate.key)).body).toMatchObject({
      ...{ code: 'payout_request_open', details: { payoutRequestId } },
    });
    const paid = { payoutRequestId, externalReference: 'PAYPAL-1' };
    expect((await operate('payout-requests/paid', paid)).body.code).toBe('payout_request_state');
    expect((await operate('payout-requests/approve', { payoutRequestId })).body.state).toBe('approved');
    expect((await operate('payout-requests/paid', paid)).body).toMatchObject({
      state: 'paid',
      owed: { amountUsd: 0 },
    });
    expect((await operate('payout-requests/paid', paid)).status).toBe(200);
    const twice = await operate('payout-requests/paid', { ...paid, externalReference: 'PAYPAL-2' });
    expect([twice.status, twice.body.code]).toEqual([409, 'payout_request_state']);
    expect((await operate('payout-requests/reject', { payoutRequestId, reason: 'late' })).status).toBe(409);
    const { payouts } = (await get(`${base}/me/payouts`, affiliate.key)).body;
    expect(payouts).toMatchObject([
      { payoutRequestId, externalReference: 'PAYPAL-1', amount: { amountUsd: 15 } },
    ]);
    expect((await get(`${base}/me/dashboard`, affiliate.key)).body).toMatchObject({
      ...{ paid: { amountUsd: 15 }, requested: { amountUsd: 0 }, available: { amountUsd: 5 } },
    });
    const audit = await get(`/api/v1/admin/audit?subject=${payoutRequestId}`, appliance.adminKey);
    const actions = audit.body.entries.map(({ action }: { action: string }) => action);
    expect(actions).toEqual(['payout.paid', 'payout.approved', 'payout.request']);
  });

  test('that are rejected are available again', async () => {
    const affiliate = await earn();
    const { payoutRequestId, amount } = (await post(`${base}/me/payout-requests`, {}, affiliate.key)).body;
    expect(amount.amountUsd).toBe(20);
    const list = await get(
      '/api/v1/admin/affiliates/payout-requests?state=requested&limit=1',
      appliance.adminKey,
    );
    expect(list.body.payoutRequests).toMatchObject([{ payoutRequestId, affiliateId: affiliate.affiliateId }]);
    await operate('payout-requests/reject', { payoutRequestId, reason: 'Wrong address' });
    const { eligibility, payoutRequests } = (await get(`${base}/me/payout-requests`, affiliate.key)).body;
    expect(eligibility).toMatchObject({
      eligible: true,
      available: { amountUsd: 20 },
      minimum: { amountUsd: 5 },
    });
    expect(payoutRequests).toMatchObject([{ state: 'rejected', reason: 'Wrong address' }]);
  });

  test('need the minimum, enough that is available, and an address, and say so beforehand', async () => {
    const poor = await openAffiliate();
    const { eligibility } = (await get(`${base}/me/payout-requests`, poor.key)).body;
    const refused = await post(`${base}/me/payout-requests`, {}, poor.key);
    expect([refused.status, refused.body.code]).toEqual([409, 'below_payout_minimum']);
    expect(eligibility).toMatchObject({
      eligible: false,
      code: refused.body.code,
      message: refused.body.error,
    });
    const rich = await earn();
    const ask = async (amountMicros: number) =>
      (await post(`${base}/me/payout-requests`, { amountMicros }, rich.key)).body.code;
    expect([await ask(20_000_001), await ask(4_999_999)]).toEqual([
      'exceeds_available',
      'below_payout_minimum',
    ]);
    for (const bad of [0, -1, 1.5, '5', 1e15])
      expect((await post(`${base}/me/payout-requests`, { amountMicros: bad }, rich.key)).status).toBe(422);
    await appliance.call('PATCH', `${base}/me`, { key: rich.key, body: { payoutDetails: null } });
    expect((await post(`${base}/me/payout-requests`, {}, rich.key)).body.code).toBe('payout_method_missing');
  });

  test('keep the address they were asked for with', async () => {
    const affiliate = await earn();
    await post(`${base}/me/payout-requests`, {}, affiliate.key);
    await appliance.call('PATCH', `${base}/me`, {
      key: affiliate.key,
      body: { payoutDetails: 'thief@example.com' },
    });
    const { body } = await get('/api/v1/admin/affiliates/payout-requests?limit=1', appliance.adminKey);
    expect(body.payoutRequests[0].payoutDetails).toBe('ada@example.com');
  });

  test('of another account are out of reach, and decided by admin keys alone', async () => {
    const [owner, other] = [await earn(), await openAffiliate()];
    const { payoutRequestId } = (await post(`${base}/me/payout-requests`, {}, owner.key)).body;
    expect((await get(`${base}/me/payout-requests`, other.key)).body.payoutRequests).toEqual([]);
    for (const [action, more] of [
      ['approve', {}],
      ['paid', { externalReference: 'mine' }],
      ['reject', { reason: 'no' }],
    ] as const) {
      const path = `/api/v1/admin/affiliates/payout-requests/${action}`;
      expect((await post(path, { payoutRequestId, ...more }, owner.key)).status).toBe(403);
      expect((await post(path, { payoutRequestId: 'pay_none', ...more }, appliance.adminKey)).status).toBe(
        404,
      );
    }
    expect((await get('/api/v1/admin/affiliates', other.key)).status).toBe(403);
    expect((await get('/api/v1/admin/affiliates/payout-requests', other.key)).status).toBe(403);
  });
});
