import { afterAll, beforeAll, expect, test } from 'bun:test';
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

/** Who sends a request, and what is to come of it where a caller must be known. */
interface Caller {
  headers: Record<string, string>;
  /** Refused with a status, or known to be one of these. */
  is: 401 | 403 | 'user' | 'admin';
  by: 'key' | 'session';
  /** Whether writes are refused because of where they come from. */
  isForeign?: true;
}

let at: SignInAppliance;
let appliance: TestAppliance;
let operations: Operation[];
let callers: Record<string, Caller>;

const fromHere = { 'sec-fetch-site': 'same-origin' };
const fromElsewhere = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

async function makeKey(key: string, body: object = {}): Promise<string> {
  return (await appliance.call('POST', '/api/v1/keys', { key, body })).body.apiKey;
}

/** Key and cookies of an account that signed in with Google. */
async function signUp(name: string) {
  const claims = { email: `${name}@gmail.com`, sub: name };
  const proof = { idToken: await at.google.sign(claims) };
  const { apiKey, accountId } = (await at.post('/api/v1/auth/google', proof)).body;
  const [cookie, another] = [await at.signInBrowser(claims), await at.signInBrowser(claims)];
  return { apiKey, accountId, cookie, another };
}

async function readOperations(): Promise<Operation[]> {
  const { paths } = (await appliance.call('GET', '/openapi.json', { key: null })).body;
  return Object.entries<Record<string, { security?: object[] }>>(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{\w+\}/g, 'unknown'),
      security: security?.flatMap((scheme) => Object.keys(scheme)) ?? null,
    })),
  );
}

async function makeKeyCallers(user: { apiKey: string }): Promise<Record<string, Caller>> {
  const { adminKey } = appliance;
  const revoked = await makeKey(user.apiKey);
  await appliance.call('POST', '/api/v1/keys/revoke', { key: user.apiKey, body: { keyPrefix: revoked } });
  const limited = await makeKey(user.apiKey, { allowedTasks: ['video.combine'], spendCapUsdPerDay: 1 });
  const by = 'key' as const;
  return {
    nobody: { headers: {}, is: 401, by },
    'a key with a typo': { headers: bearer(`${user.apiKey.slice(0, -1)}_`), is: 401, by },
    'a revoked key': { headers: bearer(revoked), is: 401, by },
    'a key': { headers: bearer(user.apiKey), is: 'user', by },
    'a key with limits': { headers: bearer(limited), is: 'user', by },
    'an admin key': { headers: bearer(adminKey), is: 'admin', by },
  };
}

async function makeDisabledCallers(): Promise<Record<string, Caller>> {
  const { accountId, apiKey, cookie } = await signUp('disabled');
  const request = { key: appliance.adminKey, body: { accountId, reason: 'test' } };
  await appliance.call('POST', '/api/v1/admin/accounts/disable', request);
  return {
    'a key of a disabled account': { headers: bearer(apiKey), is: 403, by: 'key' },
    'a session of a disabled account': { headers: { cookie, ...fromHere }, is: 403, by: 'session' },
  };
}

/** @param user.another a session that nobody signs out of on the way */
function sessionCallers(user: { cookie: string; another: string; apiKey: string }, operator: string) {
  const { another: cookie } = user;
  const madeUp = `killa_tamata_browser_session=${'A'.repeat(43)}.${'A'.repeat(43)}`;
  const foreign = { is: 'user', by: 'session', isForeign: true } as const;
  return {
    'a session': { headers: { cookie: user.cookie, ...fromHere }, is: 'user', by: 'session' },
    "the operator's session": { headers: { cookie: operator, ...fromHere }, is: 'admin', by: 'session' },
    'a session that was made up': { headers: { cookie: madeUp, ...fromHere }, is: 401, by: 'session' },
    'a session from another site': { headers: { cookie, ...fromElsewhere }, ...foreign },
    'a session from a sandboxed frame': { headers: { cookie, origin: 'null' }, ...foreign },
    'a session that tells no origin': { headers: { cookie }, ...foreign },
    'a key beside a session from another site': {
      headers: { cookie, ...bearer(user.apiKey), ...fromElsewhere },
      ...{ is: 'user', by: 'key' },
    },
  } satisfies Record<string, Caller>;
}

beforeAll(async () => {
  at = await startSignInAppliance({ environment: { KT_SIGN_IN_OPERATOR_EMAILS: 'operator@gmail.com' } });
  ({ appliance } = at);
  operations = await readOperations();
  const user = await signUp('user');
  const operator = await signUp('operator');
  callers = {
    ...(await makeKeyCallers(user)),
    ...(await makeDisabledCallers()),
    ...sessionCallers(user, operator.cookie),
  };
});
afterAll(() => at[Symbol.asyncDispose]());

const sessionPath = '/api/v1/auth/browser/session';
const isSignOut = ({ method, path }: Operation) => path === sessionPath && method === 'DELETE';

/** What must come of it, by the document alone. */
function expected(operation: Operation, { is, by, isForeign, headers }: Caller): Verdict {
  const { method, path, security } = operation;
  // Here the address itself is signed, whoever comes.
  if (path.startsWith('/files/')) return 403;
  if (security === null) return 'let in';
  // No page of another site talks to it, whatever it knows.
  if (path === '/mcp' && headers['origin'] !== undefined && by === 'key') return 403;
  if (isForeign && (method !== 'GET' || headers['origin'] !== undefined)) return 403;
  if (by === 'key' && !security.includes('bearer')) return 401;
  // It takes every cookie away, whatever that is worth.
  if (isSignOut(operation)) return 'let in';
  if (typeof is === 'number') return is;
  return path.startsWith('/api/v1/admin/') && is !== 'admin' ? 403 : 'let in';
}

/** An empty body is refused where it is read, which is after it was asked who sends it. */
async function send({ method, path }: Operation, { headers }: Caller) {
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

test('gets in where the document says so, and nowhere else: every operation by every caller', async () => {
  const wrong: unknown[] = [];
  // Whoever signs out is signed out for what comes after.
  const inOrder = operations.toSorted((one, other) => Number(isSignOut(one)) - Number(isSignOut(other)));
  for (const [name, caller] of Object.entries(callers)) {
    for (const operation of inOrder) {
      const { method, path } = operation;
      const { status, body } = await send(operation, caller);
      const verdict = status === 401 || status === 403 ? status : status === 500 ? 'broken' : 'let in';
      const wanted = expected(operation, caller);
      const isBeyond =
        name === 'a key with limits' && beyondLimits.some(([one, other]) => one === method && other === path);
      if (verdict !== (isBeyond && status === 403 ? 403 : wanted))
        wrong.push({ name, method, path, wanted, status, body });
    }
  }
  expect(wrong).toEqual([]);
  expect(operations.length).toBeGreaterThan(80);
});

test.each(beyondLimits)('a key with limits is refused %s %s', async (method, path, body) => {
  const headers = callers['a key with limits']?.headers ?? {};
  const answer = await appliance.call(method, path, { key: null, headers, body });
  const why = expect.stringMatching(/A key with limits|This key may submit video.combine only/);
  expect([answer.status, JSON.stringify(answer.body)]).toEqual([403, why]);
});
