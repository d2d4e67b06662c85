import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type SignInAppliance, startSignInAppliance } from '../testing/sign-in-appliance.ts';
import { fakeModels, startTestAppliance, type TestAppliance } from '../testing/test-appliance.ts';

const page = 'http://nas.example:3000';
const corsHeaders = ({ headers }: { headers: Headers }) =>
  [...headers.keys()].filter((name) => name.startsWith('access-control-')).sort();

let at: SignInAppliance;
let appliance: TestAppliance;
beforeAll(async () => {
  at = await startSignInAppliance({
    environment: { KT_HTTP_ALLOWED_ORIGINS: `${page},https://app.example` },
  });
  ({ appliance } = at);
});
afterAll(() => at[Symbol.asyncDispose]());

const preflight = (origin: string, headers: string, path = '/api/v1/media/jobs') =>
  appliance.call('OPTIONS', path, {
    key: null,
    headers: {
      ...{ origin, 'access-control-request-method': 'POST', 'access-control-request-headers': headers },
    },
  });
const from = (origin: string, more: Record<string, string> = {}) =>
  appliance.call('GET', '/api/v1/balance', { headers: { origin, ...more } });

describe('a page of an allowed origin', () => {
  test('is told before it asks that it may, with its key and our headers', async () => {
    const wanted = 'authorization, content-type,X-Idempotency-Key,x-stainless-lang';
    const { status, headers, body } = await preflight(page, wanted);
    expect([status, body]).toEqual([204, '']);
    expect(headers.get('access-control-allow-origin')).toBe(page);
    expect(headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST, PUT, PATCH, DELETE');
    expect(headers.get('access-control-allow-headers')).toBe(
      'authorization, content-type, x-idempotency-key, x-stainless-lang',
    );
    expect(headers.get('access-control-max-age')).toBe('600');
    expect(headers.get('vary')).toBe('Origin');
  });

  test('may not send what tells of proxies, nor any header that nobody here reads', async () => {
    const { headers } = await preflight(page, 'x-forwarded-for, cookie, x-evil, authorization, *');
    expect(headers.get('access-control-allow-headers')).toBe('authorization');
  });

  test('reads answers and errors alike', async () => {
    const answers = [
      await from(page),
      await from('https://app.example', { authorization: 'Bearer nonsense' }),
      await appliance.call('GET', '/api/v1/none', { headers: { origin: page } }),
      await appliance.call('POST', '/api/v1/keys', { headers: { origin: page }, body: '{' }),
      await appliance.call('POST', '/api/v1/keys', { headers: { origin: page }, body: { label: '' } }),
      await appliance.call('POST', '/v1/images/generations', { headers: { origin: page }, body: {} }),
      await appliance.call('GET', '/files/job_x/a.png', { key: null, headers: { origin: page } }),
      await appliance.call('GET', '/openapi.json', { key: null, headers: { origin: page } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 404, 400, 422, 400, 403, 200]);
    for (const { headers } of answers) {
      expect([page, 'https://app.example']).toContain(headers.get('access-control-allow-origin') ?? '');
      expect(headers.get('access-control-expose-headers')).toContain('idempotency-replayed');
      expect(headers.get('vary')).toBe('Origin');
    }
  });

  test('never with cookies: neither asking nor writing nor signing in', async () => {
    const cookie = await at.signInBrowser({ sub: 'ada', email: 'ada@gmail.com' });
    const foreign = { cookie, origin: page, 'sec-fetch-site': 'same-site' };
    for (const [method, path] of [
      ['GET', '/api/v1/balance'],
      ['GET', '/api/v1/auth/browser/session'],
      ['POST', '/api/v1/keys'],
      ['DELETE', '/api/v1/auth/browser/session'],
    ] as const) {
      const { status, body, headers } = await appliance.call(method, path, { key: null, headers: foreign });
      expect([status, body.code]).toEqual([403, 'cross_site_request']);
      expect(headers.has('access-control-allow-credentials')).toBe(false);
    }
    const proof = { idToken: await at.google.sign({ sub: 'eve', email: 'eve@gmail.com' }) };
    const signIn = await at.post('/api/v1/auth/browser/google', proof, { origin: page });
    expect([signIn.status, signIn.headers.has('set-cookie')]).toEqual([403, false]);
    expect((await at.withCookie(cookie, 'GET', '/api/v1/balance')).status).toBe(200);
    expect((await preflight(page, 'authorization')).headers.has('access-control-allow-credentials')).toBe(
      false,
    );
  });
});

describe('a page of another origin', () => {
  test.each([
    'null',
    '*',
    '',
    'http://nas.example',
    'http://nas.example:3001',
    'https://nas.example:3000',
    'http://NAS.example:3000',
    'http://nas.example:3000/',
    'http://nas.example:3000.evil.example',
    'http://evil.example/http://nas.example:3000',
    `${page}, https://app.example`,
    `${page} https://evil.example`,
    'http://xnas.example:3000',
  ])('such as %j learns nothing', async (origin) => {
    const answer = await from(origin);
    expect([corsHeaders(answer), answer.headers.get('vary')]).toEqual([[], 'Origin']);
    const asked = await preflight(origin, 'authorization');
    expect(asked.status).toBeGreaterThanOrEqual(400);
    expect(corsHeaders(asked)).toEqual([]);
  });

  test('a request without an origin gets the same answer, and a cache knows that others may not', async () => {
    const answer = await appliance.call('GET', '/api/v1/packages', { key: null });
    expect([answer.status, corsHeaders(answer), answer.headers.get('vary')]).toEqual([200, [], 'Origin']);
  });
});

describe('where no origin is allowed, as at first', () => {
  test('no page of another origin is answered, and no preflight', async () => {
    const closed = await startTestAppliance({ modelsFolder: fakeModels() });
    const headers = { origin: page, 'access-control-request-method': 'POST' };
    const answer = await closed.call('GET', '/api/v1/packages', { key: null, headers });
    expect([answer.status, corsHeaders(answer), answer.headers.has('vary')]).toEqual([200, [], false]);
    const asked = await closed.call('OPTIONS', '/api/v1/media/jobs', { key: null, headers });
    expect(asked.status).toBeGreaterThanOrEqual(400);
    expect(corsHeaders(asked)).toEqual([]);
    await closed.stop();
  });
});

test.each([
  ['*', 'an origin such as http://nas:3000'],
  ['null', 'an origin such as http://nas:3000'],
  ['nas:3000', 'an origin such as http://nas:3000'],
  ['http://nas:3000/', 'http://nas:3000'],
  ['http://nas:80', 'http://nas'],
  ['http://NAS:3000', 'http://nas:3000'],
  ['http://*.example.com', 'an origin such as http://nas:3000'],
])('the origin %j stops the start: no browser sends it', async (origin, expected) => {
  const environment = { KT_HTTP_ALLOWED_ORIGINS: origin };
  const starting = startTestAppliance({ modelsFolder: fakeModels(), environment });
  await expect(starting).rejects.toThrow(
    `http.allowedOrigins has ${JSON.stringify(origin)}: expected ${expected}`,
  );
});
