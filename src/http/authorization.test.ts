import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type SignInAppliance, startSignInAppliance } from '../testing/sign-in-appliance.ts';
import type { TestAppliance } from '../testing/test-appliance.ts';

/** Who may call what: every operation of the OpenAPI document by every kind of caller, without a word in the body. */

interface Operation {
  method: string;
  path: string;
  /** What the document says: nothing for all the world, else by any of which a caller is known. */
  security: string[] | null;
}
type Verdict = 'let in' | 401 | 403;

let at: SignInAppliance;
let appliance: TestAppliance;
let operations: Operation[];
const headersOf = new Map<Caller, Record<string, string>>();

const callers = [
  'nobody',
  'a key with a typo',
  'a revoked key',
  'a key',
  'a key with limits',
  'an admin key',
  'a key of a disabled account',
  'a session',
  "the operator's session",
  'a session of a disabled account',
  'a session that was made up',
  'a session from another site',
  'a session from a sandboxed frame',
  'a session that tells no origin',
  'a session from another site beside a key',
] as const;
type Caller = (typeof callers)[number];

const fromHere = { 'sec-fetch-site': 'same-origin' };
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

async function makeKey(key: string, body: object = {}): Promise<string> {
  return (await appliance.call('POST', '/api/v1/keys', { key, body })).body.apiKey;
}

/** Keys and cookies of an account that signed in with Google. */
async function signUp(name: string) {
  const claims = { email: `${name}@gmail.com`, sub: name };
  const proof = { idToken: await at.google.sign(claims) };
  const { apiKey, accountId } = (await at.post('/api/v1/auth/google', proof)).body;
  return { apiKey, accountId, cookie: await at.signInBrowser(claims) };
}

beforeAll(async () => {
  at = await startSignInAppliance({ environment: { KT_SIGN_IN_OPERATOR_EMAILS: 'operator@gmail.com' } });
  ({ appliance } = at);
  const { adminKey } = appliance;
  const document = (await appliance.call('GET', '/openapi.json', { key: null })).body;
  operations = Object.entries<Record<string, { security?: object[] }>>(document.paths).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({
        method: method.toUpperCase(),
        path: path.replaceAll(/\{\w+\}/g, 'unknown'),
        security: security?.flatMap((scheme) => Object.keys(scheme)) ?? null,
      })),
  );
  const user = await signUp('user');
  const operator = await signUp('operator');
  const disabled = await signUp('disabled');
  const revoked = await makeKey(user.apiKey);
  await appliance.call('POST', '/api/v1/keys/revoke', { key: user.apiKey, body: { keyPrefix: revoked } });
  const body = { accountId: disabled.accountId, reason: 'test' };
  await appliance.call('POST', '/api/v1/admin/accounts/disable', { key: adminKey, body });
  const limited = await makeKey(user.apiKey, { allowedTasks: ['video.combine'], spendCapUsdPerDay: 1 });
  // Its owner signs out of the first one on the way.
  const cookie = await at.signInBrowser({ email: 'user@gmail.com', sub: 'user' });
  const headers: Record<Caller, Record<string, string>> = {
    nobody: {},
    'a key with a typo': bearer(`${user.apiKey.slice(0, -1)}_`),
    'a revoked key': bearer(revoked),
    'a key': bearer(user.apiKey),
    'a key with limits': bearer(limited),
    'an admin key': bearer(adminKey),
    'a key of a disabled account': bearer(disabled.apiKey),
    'a session': { cookie: user.cookie, ...fromHere },
    "the operator's session": { cookie: operator.cookie, ...fromHere },
    'a session of a disabled account': { cookie: disabled.cookie, ...fromHere },
    'a session that was made up': {
      cookie: `killa_tamata_browser_session=${'A'.repeat(43)}.${'A'.repeat(43)}`,
      ...fromHere,
    },
    'a session from another site': {
      cookie,
      ...{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    },
    'a session from a sandboxed frame': { cookie, origin: 'null' },
    'a session that tells no origin': { cookie },
    'a session from another site beside a key': {
      ...{ cookie, ...bearer(user.apiKey) },
      ...{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    },
  };
  for (const caller of callers) headersOf.set(caller, headers[caller]);
});
afterAll(() => at[Symbol.asyncDispose]());

const sessionOnly = '/api/v1/auth/browser/session';

/** What must come of it, by the document alone. */
function expected({ method, path, security }: Operation, caller: Caller): Verdict {
  const isWrite = method !== 'GET';
  const isForeign = caller === 'a session from another site' || caller === 'a session from a sandboxed frame';
  const isAdmin = caller === 'an admin key' || caller === "the operator's session";
  // Here the address itself is signed, whoever comes.
  if (path.startsWith('/files/')) return 403;
  if (security === null) return 'let in';
  // No page of another site talks to it, whatever it knows.
  if (path === '/mcp' && caller === 'a session from another site beside a key') return 403;
  if (isWrite && (isForeign || caller === 'a session that tells no origin')) return 403;
  switch (caller) {
    case 'nobody':
    case 'a key with a typo':
    case 'a revoked key':
      return 401;
    case 'a session that was made up':
      // Signing out takes every cookie away, whatever it is worth.
      return path === sessionOnly && isWrite ? 'let in' : 401;
    case 'a key of a disabled account':
      return path === sessionOnly ? 401 : 403;
    case 'a session of a disabled account':
      return path === sessionOnly && isWrite ? 'let in' : 403;
    default: {
      const isByKey = !security.includes('bearer') && (headersOf.get(caller) ?? {})['authorization'];
      if (isByKey) return 401;
      return path.startsWith('/api/v1/admin/') && !isAdmin ? 403 : 'let in';
    }
  }
}

/** An empty body is refused where it is read, which is after it was asked who sends it. */
async function send({ method, path }: Operation, caller: Caller) {
  const headers = headersOf.get(caller) ?? {};
  return appliance.call(method, path, { key: null, headers, ...(method === 'GET' ? {} : { body: {} }) });
}

/** What a limited key can't do though the account may: it is told when its request is read, not before. */
const beyondLimits = [
  ['POST', '/api/v1/keys', {}],
  ['POST', '/api/v1/keys/revoke', { keyPrefix: 'abcde' }],
  ['POST', '/api/v1/device/link/approve', { userCode: 'BCDF-GHJK' }],
  ['PATCH', '/api/v1/affiliates/me', { payoutMethod: 'paypal', payoutDetails: 'thief@example.com' }],
  ['POST', '/api/v1/affiliates/me/apply', { payoutDetails: 'thief@example.com' }],
  ['POST', '/api/v1/affiliates/me/bind-code', { code: 'PROMO_42' }],
  ['POST', '/api/v1/affiliates/me/payout-requests', {}],
  ['POST', '/api/v1/media/jobs', { task: 'image.generate', input: { prompt: 'a fox' } }],
  ['POST', '/v1/images/generations', { prompt: 'a fox' }],
  ['POST', '/v1/audio/speech', { input: 'A sentence that is long enough to be spoken.', voice: 'alloy' }],
] as const;

describe.each(callers)('%s', (caller) => {
  test('gets in where the document says so, and nowhere else', async () => {
    const wrong: unknown[] = [];
    // Whoever signs out is signed out for what comes after.
    const last = (operation: Operation) =>
      Number(operation.path === sessionOnly && operation.method !== 'GET');
    for (const operation of operations.toSorted((one, other) => last(one) - last(other))) {
      const { status, body } = await send(operation, caller);
      const verdict = status === 401 || status === 403 ? status : status === 500 ? 'broken' : 'let in';
      const wanted = expected(operation, caller);
      const isBeyond = beyondLimits.some(
        ([method, path]) => method === operation.method && path === operation.path,
      );
      if (caller === 'a key with limits' && isBeyond && verdict === 403) continue;
      if (verdict !== wanted) wrong.push({ ...operation, wanted, status, body });
    }
    expect(wrong).toEqual([]);
    expect(operations.length).toBeGreaterThan(80);
  });
});

test.each(beyondLimits)('a key with limits is refused %s %s', async (method, path, body) => {
  const headers = headersOf.get('a key with limits') ?? {};
  const answer = await appliance.call(method, path, { key: null, headers, body });
  const why = expect.stringMatching(/A key with limits|This key may submit video.combine only/);
  expect([answer.status, JSON.stringify(answer.body)]).toEqual([403, why]);
});
