import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { heapStats } from 'bun:jsc';
import { fakeJob, fakeModels } from '../../testing/test-appliance.ts';
import { clientNames, type McpAppliance, startMcpAppliance } from './test-clients.ts';

/** What stands before MCP: keys, origins, limits, and that nothing is kept of a client. */

const bodyBytesMax = 200_000;
let appliance: McpAppliance;

beforeAll(async () => {
  appliance = await startMcpAppliance({
    modelsFolder: fakeModels('--concurrency', '8'),
    environment: { KT_SERVER_MAX_BODY_BYTES: String(bodyBytesMax) },
  });
});
afterAll(() => appliance.end());

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
const list = { ...ping, method: 'tools/list' };

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${appliance.origin}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${appliance.apiKey}`,
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function openAccount(name: string): Promise<{ apiKey: string }> {
  const asked = { key: appliance.adminKey, body: { name } };
  return (await appliance.call('POST', '/api/v1/admin/accounts', asked)).body;
}

describe('a key', () => {
  test('is needed, by either header', async () => {
    for (const authorization of ['', 'Bearer kt_live_nonsense']) {
      const refused = await post(ping, { authorization });
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    }
    const other = await post(ping, { authorization: '', 'x-api-key': appliance.apiKey });
    expect(other.status).toBe(200);
  });

  test.each([...clientNames])('that is not one ends the connecting of a client (%s)', async (name) => {
    const failure = await appliance.connect(name, 'kt_live_nonsense').catch((error: unknown) => error);
    expect(String(failure)).toMatch(/401|unauthorized/i);
  });

  test('that is for some tasks sees the tools of those', async () => {
    const body = { allowedTasks: ['audio.speak'] };
    const { apiKey } = (await appliance.call('POST', '/api/v1/keys', { body })).body;
    const client = await appliance.connect('modern', apiKey);
    const { tools } = await client.request('listTools');
    const names = tools.map((tool: { name: string }) => tool.name);
    expect(names).toContain('audio_speak');
    expect(names).toContain('balance');
    expect(names).not.toContain('image_generate');
    const refused = await client.request('callTool', {
      name: 'image_generate',
      arguments: { prompt: 'a fox' },
    });
    expect(JSON.parse(refused.content[0].text).code).toBe('forbidden');
    await client.close();
  });

  test('of another account finds nothing of this one', async () => {
    const mine = await appliance.connect('modern, negotiating');
    const prompt = String(Object(fakeJob()['input'])['prompt']);
    const made = await mine.request('callTool', { name: 'image_generate', arguments: { prompt } });
    const { jobId, outputs } = made.structuredContent;
    const theirs = await appliance.connect('modern, negotiating', (await openAccount('Other')).apiKey);
    for (const name of ['get_job', 'wait_for_job', 'cancel_job']) {
      const result = await theirs.request('callTool', { name, arguments: { jobId } });
      expect([name, result.isError, JSON.parse(result.content[0].text).code]).toEqual([
        ...[name, true, 'not_found'],
      ]);
    }
    const uri = `killatamata://jobs/${jobId}/${outputs[0].filename}`;
    const error = await theirs.request('readResource', { uri }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: -32602 });
    const { resources } = await theirs.request('listResources');
    expect(resources.filter((resource: { uri: string }) => resource.uri.includes('/jobs/'))).toEqual([]);
    expect((await mine.request('readResource', { uri })).contents).toHaveLength(1);
    await mine.close();
    await theirs.close();
  });

  test('has its limits here too', async () => {
    const limited = await startMcpAppliance({
      modelsFolder: fakeModels(),
      environment: { KT_RATE_LIMIT_WRITES_PER_MINUTE: '1', KT_RATE_LIMIT_READS_PER_MINUTE: '20' },
    });
    const client = await limited.connect('modern');
    const call = () =>
      client.request('callTool', {
        name: 'quote',
        arguments: { task: 'image.generate', input: { prompt: 'a fox' } },
      });
    expect((await call()).isError).toBeFalsy();
    const refused = JSON.parse((await call()).content[0].text);
    expect(refused).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 60 });
    let calls = 0;
    const failure = await (async () => {
      for (; calls < 30; calls++) await client.request('callTool', { name: 'balance', arguments: {} });
    })().catch((error: unknown) => error);
    expect([calls < 20, String(failure)]).toEqual([true, expect.stringMatching(/429|rate_limited/)]);
    await client.close();
    await limited.end();
  });
});

describe('a page', () => {
  const fromOrigin = async (origin: string, headers = {}) =>
    (await post(ping, { origin, ...headers })).status;

  test('of another site is refused, with a key and without', async () => {
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1', 'nonsense']) {
      expect([origin, await fromOrigin(origin)]).toEqual([origin, 403]);
      expect([origin, await fromOrigin(origin, { authorization: '' })]).toEqual([origin, 403]);
    }
    expect(await fromOrigin(appliance.origin)).toBe(200);
  });

  test('whose name was rebound to this machine is refused', async () => {
    const request = new Request('http://rebound.example/mcp', {
      method: 'POST',
      headers: {
        origin: 'http://rebound.example',
        authorization: `Bearer ${appliance.apiKey}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(ping),
    });
    const refused = await appliance.app.handle(request);
    expect([refused.status, Object(await refused.json()).code]).toEqual([403, 'foreign_origin']);
  });
});

describe('a request', () => {
  test('that is too large is refused before it is read', async () => {
    const params = { name: 'balance', arguments: { filler: 'x'.repeat(bodyBytesMax) } };
    const refused = await post({ ...ping, method: 'tools/call', params });
    expect([refused.status, Object(await refused.json()).code]).toEqual([413, 'payload_too_large']);
  });

  test('that is no JSON, or no JSON-RPC, is refused', async () => {
    expect((await post('{"jsonrpc":')).status).toBe(400);
    expect((await post([ping, ping])).status).toBe(422);
    expect((await post({ hello: 1 })).status).toBe(400);
    expect((await post(ping, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post(ping, { accept: 'text/html' })).status).toBe(406);
  });

  test('for a stream or the end of a session is told that there are none', async () => {
    for (const method of ['GET', 'DELETE']) {
      const headers = { authorization: `Bearer ${appliance.apiKey}`, accept: 'text/event-stream' };
      expect((await fetch(`${appliance.origin}/mcp`, { method, headers })).status).toBe(405);
    }
  });

  test('may be the first that a client sends: nobody has to have said hello', async () => {
    const response = await post(list);
    expect(response.headers.get('mcp-session-id')).toBeNull();
    expect(await response.text()).toContain('"image_generate"');
  });
});

test('fifty clients at once are served, and nothing is kept of them', async () => {
  const round = async () => {
    const clients = await Promise.all(
      Array.from({ length: 50 }, (_none, i) => appliance.connect(clientNames[i % 3] ?? 'old')),
    );
    const answers = await Promise.all(
      clients.map((client) => client.request('callTool', { name: 'balance', arguments: {} })),
    );
    expect(answers.every(({ structuredContent }) => structuredContent.balanceMicros > 0)).toBe(true);
    await Promise.all(clients.map((client) => client.close()));
  };
  const held = () => {
    Bun.gc(true);
    return heapStats().objectCount;
  };
  await round();
  await round();
  const before = held();
  await round();
  await round();
  // A server with its handlers is some hundred objects, and two rounds make 400 of them.
  expect(held() - before).toBeLessThan(10_000);
});

test('a card says where MCP is, to pages of other sites too', async () => {
  const response = await fetch(`${appliance.origin}/.well-known/mcp/server-card.json`, {
    headers: { origin: 'https://directory.example' },
  });
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  const card = Object(await response.json());
  expect(card.name).toMatch(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/);
  expect(card.remotes).toMatchObject([{ type: 'streamable-http', url: `${appliance.origin}/mcp` }]);
});
