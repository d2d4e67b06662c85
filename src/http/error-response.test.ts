import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Elysia, t } from 'elysia';
import { ApplianceError, Conflict, TooManyRequests } from '../errors.ts';
import { createLog } from '../log.ts';
import { fakeModels, startTestAppliance, type TestAppliance } from '../testing/test-appliance.ts';
import { createBodyBudget } from './body-budget.ts';
import { errorResponse } from './error-response.ts';
import { jsonBody } from './json-body.ts';
import { requestLog } from './request-log.ts';

const secretText = 'SQLITE_CORRUPT at /var/lib/appliance: prompt "my secret"';
const lines: Record<string, unknown>[] = [];
const log = createLog({ level: 'debug', write: (line) => lines.push(JSON.parse(line)), now: () => 0 });
const circle: Record<string, unknown> = {};
circle.itself = circle;

const app = new Elysia({ normalize: false })
  .use(errorResponse(log))
  .use(requestLog(log))
  .use(jsonBody({ bytesMax: 1000, assertKey: () => {}, budget: createBodyBudget(10_000) }))
  .get('/unknown', () => {
    throw new Error(secretText, { cause: new TypeError('the very cause') });
  })
  .get('/not-an-error', () => {
    // oxlint-disable-next-line typescript/only-throw-error -- some libraries do
    throw secretText;
  })
  .get('/circle', () => {
    throw new Error(secretText, { cause: circle });
  })
  .get('/rejects', () => Promise.reject(new Error(secretText)))
  // @ts-expect-error the type refuses what this route answers on purpose
  .get('/bad-response', () => ({ count: 'many' }), { response: t.Object({ count: t.Integer() }) })
  .get('/conflict', () => {
    throw new Conflict('No.', 'some_conflict');
  })
  .get('/later', () => {
    throw new TooManyRequests('Slowly.', 17);
  })
  .get('/down', () => {
    throw new ApplianceError({ code: 'down', status: 503, message: 'Down.', cause: new Error(secretText) });
  })
  .post('/body', ({ body }) => body, {
    body: t.Object(
      { a: t.Integer(), b: t.Optional(t.String({ maxLength: 3 })) },
      { additionalProperties: false },
    ),
  });

async function ask(path: string, init: RequestInit = {}) {
  lines.length = 0;
  const response = await app.handle(new Request(`http://localhost${path}`, init));
  const text = await response.text();
  await Bun.sleep(0);
  return { status: response.status, headers: response.headers, text, json: JSON.parse(text) };
}

describe('an error that nobody foresaw', () => {
  test.each(['/unknown', '/not-an-error', '/circle', '/rejects'])(
    '%s: the client gets a fixed text, the log the whole truth under the same request id',
    async (path) => {
      const { status, text, json, headers } = await ask(path, { headers: { 'x-request-id': 'mine-1' } });
      expect(status).toBe(500);
      expect(json).toEqual({
        error: 'Something went wrong on our side. The log has the details under the request id.',
        code: 'internal_error',
      });
      expect(text).not.toContain('SQLITE');
      expect(headers.get('x-request-id')).toBe('mine-1');
      const line = lines.find(({ message }) => message === 'request failed');
      expect(line).toMatchObject({ level: 'error' });
      if (path === '/circle') return expect(line?.fieldsLost).toBeDefined();
      expect(line).toMatchObject({ requestId: 'mine-1', url: path });
      expect(JSON.stringify(line)).toContain('SQLITE_CORRUPT');
      if (path === '/unknown') expect(JSON.stringify(line)).toContain('the very cause');
    },
  );

  test('a response that breaks its own schema is our mistake, and is not sent', async () => {
    const { status, json } = await ask('/bad-response');
    expect([status, json.code]).toEqual([500, 'internal_error']);
    expect(JSON.stringify(json)).not.toContain('many');
  });

  test('a foreseen 5xx keeps its text, and its cause stays in the log', async () => {
    const { status, text, json } = await ask('/down');
    expect([status, json]).toEqual([503, { error: 'Down.', code: 'down' }]);
    expect(text).not.toContain('SQLITE');
    expect(JSON.stringify(lines)).toContain('SQLITE_CORRUPT');
  });
});

describe("an error that is the client's", () => {
  test('is not logged as a failure', async () => {
    const { status, json } = await ask('/conflict');
    expect([status, json]).toEqual([409, { error: 'No.', code: 'some_conflict' }]);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('says when to come back', async () => {
    const { status, headers } = await ask('/later');
    expect([status, headers.get('retry-after')]).toEqual([429, '17']);
  });

  test('an unknown route is a 404', async () => {
    const { status, json } = await ask('/nowhere?key=secret');
    expect([status, json]).toEqual([404, { error: 'GET /nowhere was not found.', code: 'not_found' }]);
  });

  test('a body that breaks its schema is a 422 with every issue', async () => {
    const headers = { 'content-type': 'application/json' };
    const { status, json } = await ask('/body', {
      method: 'POST',
      headers,
      body: '{"a":1.5,"b":"long","c":1}',
    });
    expect([status, json.code]).toEqual([422, 'invalid_input']);
    const paths = json.details.issues.map(({ path }: { path: string }) => path);
    expect(paths.toSorted()).toEqual(['/a', '/b', '/c']);
  });
});

describe('the request id and the request log', () => {
  test('a good id is echoed, any other is replaced', async () => {
    const idOf = async (id?: string) =>
      (await ask('/conflict', id === undefined ? {} : { headers: { 'x-request-id': id } })).headers.get(
        'x-request-id',
      );
    expect(await idOf('abc.DEF_1-2')).toBe('abc.DEF_1-2');
    for (const bad of [undefined, 'x'.repeat(65), 'a b', '"><script>', ''])
      expect(await idOf(bad)).toMatch(/^req_[0-9a-f-]{13}$/);
    expect(await idOf()).not.toBe(await idOf());
  });

  test.each([
    ['/conflict', 409],
    ['/nowhere', 404],
    ['/unknown', 500],
  ])('%s is logged with its status %i', async (path, status) => {
    const { headers } = await ask(path);
    const line = lines.find(({ message }) => message === 'request');
    expect(line).toMatchObject({ method: 'GET', path, status, requestId: headers.get('x-request-id') });
  });
});

describe('through the whole appliance', () => {
  let appliance: TestAppliance;
  beforeAll(async () => {
    appliance = await startTestAppliance({ modelsFolder: fakeModels() });
  });
  afterAll(() => appliance.stop());

  test.each([
    ['GET', '/api/v1/nothing', 404],
    ['PUT', '/api/v1/nothing', 404],
    ['GET', '/api/v1/balance', 401],
    ['GET', '/docs/constructor', 404],
    ['GET', '/docs/package.json', 404],
  ])('%s %s is %i with an error body and a request id', async (method, path, status) => {
    const answer = await appliance.call(method, path, { key: null });
    expect(answer.status).toBe(status);
    expect(Object.keys(answer.body)).toEqual(['error', 'code']);
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
  });

  test('good answers carry the request id too', async () => {
    const answer = await appliance.call('GET', '/api/v1/health', { headers: { 'x-request-id': 'mine-2' } });
    expect(answer.headers.get('x-request-id')).toBe('mine-2');
  });
});
