import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { tasks } from '../../tasks/registry.ts';
import { startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';

let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await startTestAppliance({ environment: { KT_PROFILE: 'embedded' } });
});
afterAll(() => appliance.stop());

const get = (path: string, headers: Record<string, string> = {}) =>
  appliance.call('GET', path, { key: null, headers });
const skillPath = '/skills/killatamata/SKILL.md';

describe('the skill', () => {
  test('has the front matter that the specification asks for, and no other', async () => {
    const { status, headers, body } = await get(skillPath);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/markdown; charset=utf-8']);
    const [, front = '', text = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(body) ?? [];
    const matter = Bun.YAML.parse(front) as Record<string, string>;
    expect(Object.keys(matter)).toEqual(['name', 'description', 'compatibility', 'metadata']);
    expect(matter['name']).toBe('killatamata');
    expect(matter['description']).toContain('HTTP API: quote');
    expect(matter['description']?.length).toBeLessThanOrEqual(1024);
    expect(text.split('\n').length).toBeLessThan(500);
    for (const name of tasks.keys()) expect(text).toContain(`\`${name}\``);
  });

  test('is what the index says it is, byte for byte, wherever it is fetched from', async () => {
    for (const path of [
      '/.well-known/agent-skills/index.json',
      '/.well-known/agent-skills.json',
      '/.well-known/skills/index.json',
    ]) {
      const { body } = await get(path);
      expect(body.$schema).toBe('https://schemas.agentskills.io/discovery/0.2.0/schema.json');
      const [skill] = body.skills;
      expect([skill.name, skill.type]).toEqual(['killatamata', 'skill-md']);
      const url = new URL(skill.url);
      for (const fetched of [await get(url.pathname), await get(skillPath)]) {
        const digest = new Bun.CryptoHasher('sha256').update(fetched.body).digest('hex');
        expect(skill.digest).toBe(`sha256:${digest}`);
      }
    }
  });
});

describe('the documents', () => {
  test('name this box by the address that it was asked at', async () => {
    for (const path of [skillPath, '/llms.txt', '/llms-full.txt']) {
      const request = new Request(`http://box.lan:8787${path}`);
      const text = await (await appliance.app.handle(request)).text();
      expect(text).toContain('http://box.lan:8787/');
      expect(text).not.toContain('http://localhost');
    }
  });

  test('tell how a plan is approved and followed, at routes that there are', async () => {
    const { body } = await get(skillPath);
    const paths = (await get('/openapi.json')).body.paths;
    for (const [method, path] of [
      ['post', '/api/v1/studio/agent/plans'],
      ['post', '/api/v1/studio/agent/approval-plans/execute'],
      ['get', '/api/v1/studio/agent/plans'],
      ['delete', '/api/v1/studio/agent/plans'],
    ] as const) {
      expect(body).toContain(`${method.toUpperCase()} http://localhost${path}`);
      expect(paths[path]).toHaveProperty(method);
    }
  });

  test('llms.txt begins as llmstxt.org has it, and each of its links on this box answers', async () => {
    const { body } = await get('/llms.txt');
    expect(body).toMatch(/^# .+\n\n> .+\n/);
    const links = [...body.matchAll(/\]\((http[^)]+)\)/g)].map(([, link]) => new URL(String(link)).pathname);
    expect(links.length).toBeGreaterThan(5);
    for (const link of links)
      expect([link, (await get(link)).status < 500 && (await get(link)).status !== 404]).toEqual([
        link,
        true,
      ]);
  });

  test('llms-full.txt has every field of every task, with what an example costs', async () => {
    const { body } = await get('/llms-full.txt');
    for (const { name, inputSchema } of tasks.values()) {
      const section = body.split(`### ${name}\n`)[1]?.split('\n### ')[0] ?? '';
      for (const field of Object.keys(inputSchema.properties)) expect(section).toContain(`| \`${field}\``);
      expect(section).toMatch(/Price: \$[\d.]+ for the example/);
      expect(section).toContain(`"task": "${name}"`);
    }
    expect(body).toContain('`width` | integer 64..4096, multiple of 32');
    expect(body).toContain(String.raw`| webp \| png \| jpg | "webp" |`);
    expect(body).toContain(String.raw`| 512 \| 1024 \| 1536 |`);
  });

  test('say what a task runs on here', async () => {
    expect((await get('/llms.txt')).body).toContain('draft-image: a draft without a model, free');
    const gpu = await startTestAppliance({ environment: { KT_PROFILE: 'gpu' } });
    const text = (await gpu.call('GET', '/llms.txt', { key: null })).body;
    expect(text).toContain('./scripts/models install qwen-image');
    await gpu.stop();
  });

  test('are asked for again only when they have changed', async () => {
    const first = await get('/llms.txt');
    const etag = first.headers.get('etag') ?? '';
    expect((await get('/llms.txt', { 'if-none-match': etag })).status).toBe(304);
    expect(first.headers.get('access-control-allow-origin')).toBe('*');
  });
});

test('the plugin manifest leads to the API', async () => {
  const { body } = await get('/.well-known/ai-plugin.json');
  expect(body).toMatchObject({
    schema_version: 'v1',
    name_for_model: 'killatamata',
    auth: { type: 'user_http' },
  });
  expect((await get(new URL(body.api.url).pathname)).status).toBe(200);
});
