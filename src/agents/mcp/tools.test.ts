import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { fromJsonSchema } from '@modelcontextprotocol/client';
import { slotNames } from '../../tasks/media-slot.ts';
import { tasks } from '../../tasks/registry.ts';
import type { Task } from '../../tasks/task.ts';
import { fakeJob, fakeModels, untilJob } from '../../testing/test-appliance.ts';
import { toolName } from './task-tools.ts';
import { clientNames, type McpAppliance, startMcpAppliance, type TestClient } from './test-clients.ts';

/** The tools, by real clients of each generation of the protocol. */

const listCharactersMax = 36_000;

let appliance: McpAppliance;
const clients = new Map<string, TestClient>();

beforeAll(async () => {
  appliance = await startMcpAppliance({ modelsFolder: fakeModels('--concurrency', '4') });
  for (const name of clientNames) clients.set(name, await appliance.connect(name));
});
afterAll(async () => {
  for (const client of clients.values()) await client.close();
  await appliance.end();
});

/** Arguments of `image_generate` that make the fake runner do as `job` says. */
const imageOf = (job: Parameters<typeof fakeJob>[0] = {}) => ({
  prompt: String(Object(fakeJob(job)['input'])['prompt']),
});

/** A task's example, whose files go by their own names: a tool doesn't list the others. */
function byOwnNames({ media, example }: Pick<Task, 'media' | 'example'>): Record<string, unknown> {
  const owners = Object.entries(media).flatMap(([name, slot]) =>
    slotNames(name, slot).map((alias) => [alias, name] as const),
  );
  const ownerOf = new Map(owners);
  return Object.fromEntries(
    Object.entries(example).map(([field, value]) => [ownerOf.get(field) ?? field, value]),
  );
}

test('the list of tools is short, because a model reads all of it with every request', async () => {
  const client = await appliance.connect('modern');
  const { tools } = await client.request('listTools');
  await client.close();
  // Some 8,000 tokens; most of what goes beyond that would be said twice.
  expect(JSON.stringify(tools).length).toBeLessThan(listCharactersMax);
});

test('the three clients speak three versions of the protocol', () => {
  const names = [...clients.values()].map(({ name }) => name);
  expect(names).toEqual(['old', 'modern: 2025-11-25', 'modern, negotiating: 2026-07-28']);
});

describe.each([...clientNames])('a client (%s)', (name) => {
  const request: TestClient['request'] = (...given) => {
    const client = clients.get(name);
    if (!client) throw new Error(`There is no client ${name}.`);
    return client.request(...given);
  };
  const call = (tool: string, args: object = {}, options = {}) =>
    request('callTool', { name: tool, arguments: args }, options);

  test('finds a tool for each task, whose schema is JSON Schema and takes the example', async () => {
    const { tools } = await request('listTools');
    const names = tools.map((tool: { name: string }) => tool.name);
    expect(new Set(names).size).toBe(names.length);
    for (const tool of tools) {
      expect(tool.name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
      expect(tool.inputSchema.type).toBe('object');
      expect(Object.keys(tool.inputSchema)).not.toContainAnyValues(['anyOf', 'allOf', 'oneOf']);
      expect(tool.description.length).toBeGreaterThan(20);
      fromJsonSchema(tool.outputSchema);
      expect(JSON.stringify(tool)).not.toContain('"x-');
    }
    for (const task of tasks.values()) {
      const tool = tools.find((candidate: { name: string }) => candidate.name === toolName(task.name));
      const args = { ...byOwnNames(task), wait: 5 };
      const checked = fromJsonSchema(tool.inputSchema)['~standard'].validate(args);
      expect([task.name, await checked]).toEqual([task.name, { value: args }]);
      expect(Object.keys(tool.inputSchema.properties)).toEqual([
        ...Object.keys(byOwnNames({ ...task, example: task.inputSchema.properties })),
        ...['wait', 'inline', 'priority', 'maxAmountMicros', 'idempotencyKey'],
      ]);
      for (const field of Object.values(tool.inputSchema.properties)) {
        expect(Object.keys(Object(field))).toContainAnyValues(['type', 'anyOf']);
      }
    }
    expect(names).toEqual(
      expect.arrayContaining(['quote', 'get_job', 'wait_for_job', 'cancel_job', 'list_jobs', 'balance']),
    );
  });

  test('is told which tools only read, and which may spend', async () => {
    const { tools } = await request('listTools');
    const reading = tools.filter((tool: { annotations: object }) => Object(tool.annotations).readOnlyHint);
    expect(reading.map((tool: { name: string }) => tool.name).toSorted()).toEqual([
      'balance',
      'get_job',
      'get_plan',
      'list_jobs',
      'quote',
      'wait_for_job',
    ]);
    const spending = tools.find((tool: { name: string }) => tool.name === 'execute_plan');
    expect(spending.annotations.destructiveHint).toBe(true);
  });

  test('makes something, is told how it gets on, and gets a link that needs no key', async () => {
    const told: number[] = [];
    const text = JSON.stringify({ madeBy: name });
    const outputs = [{ filename: 'output.json', text, mimeType: 'application/json' }];
    const result = await call('image_generate', imageOf({ milliseconds: 300, progressSteps: 200, outputs }), {
      onprogress: ({ progress }: { progress: number }) => told.push(progress),
    });
    expect(result.isError).toBe(false);
    const { jobId, status } = result.structuredContent;
    expect(status).toBe('succeeded');
    const [, link] = result.content;
    expect(link).toMatchObject({ type: 'resource_link', name: 'output.json', mimeType: 'application/json' });
    expect(await (await fetch(link.uri)).text()).toBe(text);
    expect(result.content[0].text).toContain(jobId);
    expect(told).toEqual([...new Set(told)].toSorted((a, b) => a - b));
    expect(told.length).toBeGreaterThan(3);
    expect(told.length).toBeLessThanOrEqual(51);
  });

  test('whose waiting is over learns the job, and can wait on, look and cancel', async () => {
    const args = { ...imageOf({ ending: 'hang' }), wait: 0.2 };
    const { isError, structuredContent, content } = await call('image_generate', args);
    expect([isError, content.length]).toEqual([false, 1]);
    const { jobId } = structuredContent;
    expect(content[0].text).toContain(`wait_for_job`);
    expect(content[0].text).toContain(jobId);
    const waited = await call('wait_for_job', { jobId, wait: 0.1 });
    expect(waited.structuredContent.jobId).toBe(jobId);
    expect(['queued', 'running']).toContain(waited.structuredContent.status);
    expect((await call('cancel_job', { jobId })).structuredContent.status).toBe('canceled');
    const again = await call('cancel_job', { jobId });
    expect([again.isError, again.structuredContent.status]).toEqual([false, 'canceled']);
    const details = await call('get_job', { jobId, details: true });
    expect(details.structuredContent).toMatchObject({ status: 'canceled', effectiveInput: {}, attempts: 1 });
  });

  test('that hangs up stops waiting, and its job goes on', async () => {
    const quitting = new AbortController();
    const asked = call(
      'image_generate',
      { ...imageOf({ milliseconds: 1500 }), wait: 50 },
      {
        signal: quitting.signal,
        onprogress: () => quitting.abort(),
      },
    );
    expect(
      await asked.then(
        () => 'answered',
        () => 'gone',
      ),
    ).toBe('gone');
    const { jobs } = (await call('list_jobs', { limit: 1 })).structuredContent;
    expect((await untilJob(appliance, jobs[0].jobId)).status).toBe('succeeded');
  });

  test('learns of a job that failed, and why', async () => {
    const result = await call('image_generate', imageOf({ ending: 'invalid_input' }));
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toMatchObject({ status: 'failed' });
    expect(result.content[0].text).toContain(result.structuredContent.error.code);
    const { jobId } = result.structuredContent;
    expect((await call('get_job', { jobId })).isError).toBe(false);
  });

  test('hears every problem of its arguments at once, as the tool knows them', async () => {
    const result = await call('image_generate', { width: 3, wait: 99, priority: 'now', colour: 'red' });
    const { code, details } = JSON.parse(result.content[0].text);
    expect([result.isError, code]).toEqual([true, 'invalid_input']);
    expect(details.issues.map(({ path }: { path: string }) => path).toSorted()).toEqual([
      '/colour',
      '/height',
      '/priority',
      '/prompt',
      '/wait',
      '/width',
    ]);
    const input = await call('image_generate', { prompt: ' ', width: 65, height: 64 });
    expect(JSON.parse(input.content[0].text).details.issues).toHaveLength(2);
    const none = await call('get_job', {});
    expect(JSON.parse(none.content[0].text).details.issues).toMatchObject([{ path: '/jobId' }]);
  });

  test('retries safely under its own key', async () => {
    const args = { ...imageOf(), idempotencyKey: `once-${name.replaceAll(/\W/g, '')}` };
    const [first, second] = [await call('image_generate', args), await call('image_generate', args)];
    expect(second.structuredContent.jobId).toBe(first.structuredContent.jobId);
    const other = await call('image_generate', { ...args, seed: 7 });
    expect(JSON.parse(other.content[0].text).code).toBe('idempotency_key_reuse');
  });

  test('prices a job without making it, and knows its balance', async () => {
    const before = (await call('list_jobs', { limit: 1 })).structuredContent.jobs[0].jobId;
    const quoted = await call('quote', { task: 'image.generate', input: imageOf() });
    expect(quoted.structuredContent).toMatchObject({ task: 'image.generate', draft: true });
    expect(quoted.structuredContent.billing.listMicros).toBeGreaterThan(0);
    expect((await call('list_jobs', { limit: 1 })).structuredContent.jobs[0].jobId).toBe(before);
    const { body } = await appliance.call('GET', '/api/v1/balance');
    expect((await call('balance')).structuredContent.balanceMicros).toBe(body.balanceMicros);
  });

  test('lists jobs a page at a time', async () => {
    const first = (await call('list_jobs', { limit: 2, status: 'succeeded' })).structuredContent;
    expect(first.jobs).toHaveLength(2);
    const more = { limit: 2, status: 'succeeded', cursor: first.nextCursor };
    const second = (await call('list_jobs', more)).structuredContent;
    expect(second.jobs[0].jobId).not.toBe(first.jobs[0].jobId);
    expect(second.jobs[0].createdAt <= first.jobs[1].createdAt).toBe(true);
  });

  test('plans jobs, is told what they cost, and runs them once that is agreed to', async () => {
    const steps = [{ id: 'fox', task: 'image.generate', input: imageOf() }];
    const { planId, planHash, amountMicros } = (await call('plan_jobs', { steps })).structuredContent;
    const wrong = await call('execute_plan', { planId, planHash, amountMicros: amountMicros + 1 });
    expect(wrong.isError).toBe(true);
    const run = await call('execute_plan', { planId, planHash, amountMicros });
    expect(run.structuredContent.state).not.toBe('proposed');
    let plan = run.structuredContent;
    while (plan.state === 'running') plan = (await call('get_plan', { planId })).structuredContent;
    expect(plan.state).toBe('succeeded');
    expect(plan.steps[0].outputs).toHaveLength(1);
  });

  test('finds a prompt that knows the tools, and says what it needs', async () => {
    const { prompts } = await request('listPrompts');
    expect(prompts).toMatchObject([{ name: 'make_media', arguments: [{ name: 'wish', required: true }] }]);
    const asked = { name: 'make_media', arguments: { wish: 'a fox 🦊 at dawn' } };
    const { messages } = await request('getPrompt', asked);
    expect(messages[0].content.text).toContain('a fox 🦊 at dawn');
    for (const task of tasks.keys()) expect(messages[0].content.text).toContain(toolName(task));
    for (const wrong of [{ name: 'make_media' }, { ...asked, name: 'paint' }]) {
      expect(await request('getPrompt', wrong).catch((reason: unknown) => reason)).toMatchObject({
        code: -32602,
      });
    }
  });

  test('takes back a plan that runs', async () => {
    const steps = [{ id: 'fox', task: 'image.generate', input: imageOf({ ending: 'hang' }) }];
    const { planId, planHash, amountMicros } = (await call('plan_jobs', { steps })).structuredContent;
    await call('execute_plan', { planId, planHash, amountMicros });
    const canceled = await call('cancel_plan', { planId });
    expect(canceled.isError).not.toBe(true);
    let plan = canceled.structuredContent;
    while (plan.state === 'running') plan = (await call('get_plan', { planId })).structuredContent;
    expect([plan.state, plan.steps[0].state]).toEqual(['canceled', 'canceled']);
  });

  test('hears of a tool that there is not from the protocol', async () => {
    const error = await call('paint').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: -32602 });
  });
});
