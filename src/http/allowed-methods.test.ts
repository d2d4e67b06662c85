import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { fakeJob, fakeModels, startTestAppliance, type TestAppliance } from '../testing/test-appliance.ts';

let appliance: TestAppliance;
/** By path, the methods that OpenAPI tells of. */
let operations: Map<string, string[]>;
beforeAll(async () => {
  appliance = await startTestAppliance({
    ...{ modelsFolder: fakeModels() },
    environment: { KT_JOBS_STREAMS_PER_ACCOUNT_MAX: '1' },
  });
  const { paths } = (await appliance.call('GET', '/openapi.json', { key: null })).body;
  // It answers GET and DELETE itself, which the document leaves out.
  delete paths['/mcp'];
  operations = new Map(
    Object.entries<object>(paths).map(([path, methods]) => [
      path.replaceAll(/\{\w+\}/g, 'some'),
      Object.keys(methods).map((method) => method.toUpperCase()),
    ]),
  );
});
afterAll(() => appliance.stop());

/** Without what the harness does to a body: an answer to `HEAD` has none. */
const ask = (method: string, path: string, key: string | null = appliance.adminKey) =>
  appliance.app.handle(
    new Request(`http://localhost${path}`, {
      method,
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
    }),
  );

describe('of a path that is there', () => {
  test('every other method is a 405 that names those it takes, whoever asks', async () => {
    const wrong: unknown[] = [];
    for (const [path, documented] of operations) {
      const allowed = documented.includes('GET') ? [...new Set([...documented, 'HEAD'])] : documented;
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
        if (allowed.includes(method) || method === 'TRACE') continue;
        for (const key of [appliance.adminKey, null]) {
          const response = await ask(method, path, key);
          const told = response.headers.get('allow')?.split(', ').sort();
          await response.text();
          if (response.status !== 405 || JSON.stringify(told) !== JSON.stringify(allowed.toSorted()))
            wrong.push({ method, path, status: response.status, told, allowed });
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(operations.size).toBeGreaterThan(70);
  });

  test('the answer has the error body of its clients', async () => {
    const { status, body, headers } = await appliance.call('PUT', '/api/v1/balance');
    expect([status, body, headers.get('allow')]).toEqual([
      405,
      {
        ...{ error: '/api/v1/balance takes GET, HEAD, and not PUT.', code: 'method_not_allowed' },
        details: { allowed: ['GET', 'HEAD'] },
      },
      'GET, HEAD',
    ]);
    expect((await appliance.call('GET', '/v1/images/generations')).body.error).toMatchObject({
      code: 'method_not_allowed',
    });
  });

  test('with a slash at its end it is the same path', async () => {
    expect((await ask('PUT', '/api/v1/balance/')).status).toBe(405);
  });

  test('HEAD tells what GET would, without it', async () => {
    const readable = [...operations].filter(([, methods]) => methods.includes('GET')).map(([path]) => path);
    for (const path of readable.filter((one) => one !== '/api/v1/health')) {
      const [got, head] = [await ask('GET', path), await ask('HEAD', path)];
      expect([path, head.status]).toEqual([path, got.status]);
      expect(await head.text()).toBe('');
      await got.text();
    }
  });
});

describe('of a path that is not there', () => {
  test.each(['/api/v1/nothing', '/api/v1/balance/x', '/api/v1', '/files/only-one', '/apixv1/balance'])(
    '%s is a 404 by every method',
    async (path) => {
      for (const method of ['GET', 'POST', 'PUT', 'OPTIONS']) {
        const response = await ask(method, path);
        expect([response.status, response.headers.has('allow')]).toEqual([404, false]);
      }
    },
  );
});

test('asking for the headers of an event stream opens none, and is answered at once', async () => {
  const { body } = await appliance.call('POST', '/api/v1/media/jobs', {
    body: fakeJob({ milliseconds: 600_000 }),
  });
  const path = `/api/v1/media/jobs/events?jobId=${body.jobId}`;
  for (let count = 0; count < 3; count++) {
    const head = await ask('HEAD', path, appliance.apiKey);
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  }
  const stream = await ask('GET', path, appliance.apiKey);
  expect(stream.status).toBe(200);
  await stream.body?.cancel();
});
