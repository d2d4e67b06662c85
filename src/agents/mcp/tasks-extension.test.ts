import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { fakeJob, fakeModels } from '../../testing/test-appliance.ts';
import { type McpAppliance, startMcpAppliance } from './test-clients.ts';

/** The Tasks extension as it is on the wire: the client SDK has no part in it. */

let appliance: McpAppliance;
beforeAll(async () => {
  appliance = await startMcpAppliance({ modelsFolder: fakeModels('--concurrency', '4') });
});
afterAll(() => appliance.end());

const declared = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
const version = '2026-07-28';

interface Reply {
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into whatever came back
  result: any;
  // oxlint-disable-next-line typescript/no-explicit-any -- the same
  error: any;
}

/** One request of the protocol of 2026-07-28, by a client of these capabilities. */
async function request(
  method: string,
  params: Record<string, unknown>,
  capabilities: object = declared,
): Promise<Reply> {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  };
  const response = await fetch(`${appliance.origin}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${appliance.apiKey}`,
      'mcp-protocol-version': version,
      'mcp-method': method,
      'mcp-name': String(params['name'] ?? params['taskId']),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
  });
  return Object(await response.json());
}

const submit = (job: Parameters<typeof fakeJob>[0], capabilities?: object) => {
  const prompt = String(Object(fakeJob(job)['input'])['prompt']);
  return request('tools/call', { name: 'image_generate', arguments: { prompt, wait: 20 } }, capabilities);
};

describe('a client that polls tasks', () => {
  test('gets a handle at once for what takes longer, and its result when it looks again', async () => {
    const { result } = await submit({ milliseconds: 2500 });
    expect(result).toMatchObject({ resultType: 'task', status: 'working', ttlMs: null });
    let task = result;
    while (task.status === 'working') {
      await Bun.sleep(100);
      task = (await request('tasks/get', { taskId: result.taskId })).result;
      expect(task).toMatchObject({ resultType: 'complete', taskId: result.taskId });
    }
    expect(task.status).toBe('completed');
    // The result is whole, as the extension's own client wants it.
    expect(task.result.resultType).toBe('complete');
    expect(task.result.structuredContent).toMatchObject({ jobId: result.taskId, status: 'succeeded' });
    expect(task.result.content[1].type).toBe('resource_link');
  });

  test('gets the result itself where it is done at once', async () => {
    const { result } = await submit({});
    expect([result.resultType, result.structuredContent?.status ?? result.status]).toBeOneOf([
      ['complete', 'succeeded'],
      // On a busy machine.
      ['task', 'working'],
    ]);
  });

  test('learns of a failure as the result of a completed task', async () => {
    const { result } = await submit({ milliseconds: 1500, ending: 'invalid_input' });
    let task = result;
    while (task.status === 'working') {
      await Bun.sleep(100);
      task = (await request('tasks/get', { taskId: result.taskId })).result;
    }
    expect([task.status, task.result.isError]).toEqual(['completed', true]);
  });

  test('cancels, more than once', async () => {
    const { result } = await submit({ ending: 'hang' });
    const { taskId } = result;
    for (let times = 0; times < 2; times++) {
      expect((await request('tasks/cancel', { taskId })).result).toMatchObject({ resultType: 'complete' });
      expect((await request('tasks/get', { taskId })).result.status).toBe('cancelled');
    }
    expect((await request('tasks/update', { taskId, inputResponses: {} })).error).toBeUndefined();
  });

  test('is told of a task that there is not', async () => {
    for (const method of ['tasks/get', 'tasks/cancel', 'tasks/update']) {
      const { error } = await request(method, { taskId: 'job_0', inputResponses: {} });
      expect([method, error.code]).toEqual([method, -32602]);
    }
    expect((await request('tasks/get', {})).error.code).toBe(-32602);
  });
});

test('a client that does not gets no handle, and none of the methods', async () => {
  const { result } = await submit({ milliseconds: 1500 }, {});
  expect(result).toMatchObject({ resultType: 'complete', structuredContent: { status: 'succeeded' } });
  const { jobId } = result.structuredContent;
  for (const method of ['tasks/get', 'tasks/cancel', 'tasks/update']) {
    const { error } = await request(method, { taskId: jobId, inputResponses: {} }, {});
    expect(error).toMatchObject({ code: -32021, data: { requiredCapabilities: declared } });
  }
});
