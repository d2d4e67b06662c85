import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { tasks } from '../../tasks/registry.ts';
import { makeReferenceFiles } from '../../testing/reference-files.ts';
import { toolName } from './task-tools.ts';
import { clientNames, type McpAppliance, startMcpAppliance, type TestClient } from './test-clients.ts';

/** The tools with the engines that every machine has, and what they made as resources. */

let files: Bun.Server<undefined>;
let appliance: McpAppliance;
const clients: TestClient[] = [];

beforeAll(async () => {
  const work = mkdtempSync(join(tmpdir(), 'kt-mcp-'));
  await makeReferenceFiles(work);
  files = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: ({ url }) => new Response(Bun.file(join(work, new URL(url).pathname))),
  });
  appliance = await startMcpAppliance({ environment: { KT_INPUTS_TRUSTED_ORIGINS: files.url.origin } });
  for (const name of clientNames) clients.push(await appliance.connect(name));
}, 60_000);
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await appliance.end();
  await files.stop(true);
});

const call = async (name: string, args: object) => {
  const [client] = clients;
  return client?.request('callTool', { name, arguments: args });
};
/** A task's example, with its files where they really are. */
const exampleOf = (example: Record<string, unknown>): object =>
  JSON.parse(JSON.stringify(example).replaceAll('https://cdn.example.com', files.url.origin));

describe.each([...tasks.values()].map((task) => [task.name, task] as const))('%s', (name, task) => {
  test('is priced by its example, and its tool takes it', async () => {
    const input = exampleOf(task.example);
    const quoted = await call('quote', { task: name, input });
    expect([name, quoted.content[0].text]).toEqual([name, expect.stringContaining('costs $')]);
    const submitted = await call(toolName(name), { ...input, wait: 0 });
    expect([submitted.isError, submitted.structuredContent.task]).toEqual([false, name]);
    const { jobId } = submitted.structuredContent;
    await call('cancel_job', { jobId });
    expect((await call('get_job', { jobId })).structuredContent.status).not.toBe('failed');
  });
});

describe('a picture', () => {
  let made: Awaited<ReturnType<typeof call>>;
  beforeAll(async () => {
    const size = { width: 256, height: 192 };
    made = await call('image_generate', { prompt: 'a fox at dawn', ...size, wait: 55, inline: true });
  }, 60_000);
  const uriOf = () => {
    const { jobId, outputs } = made.structuredContent;
    return `killatamata://jobs/${jobId}/${outputs[0].filename}`;
  };

  test('comes in the answer itself where that is asked for, and says that it is a draft', async () => {
    const [text, link, image] = made.content;
    expect(text.text).toContain('draft');
    expect(link).toMatchObject({ type: 'resource_link', mimeType: 'image/webp' });
    expect(image).toMatchObject({ type: 'image', mimeType: 'image/webp' });
    const { width, height } = await sharp(Buffer.from(image.data, 'base64')).metadata();
    expect([width, height]).toEqual([256, 192]);
    const again = await call('wait_for_job', { jobId: made.structuredContent.jobId });
    expect(again.content.map(({ type }: { type: string }) => type)).toEqual(['text', 'resource_link']);
  });

  test('can be the input of the next job by its link', async () => {
    const sourceImage = made.content[1].uri;
    const edited = await call('image_edit', { prompt: 'noir', sourceImage, wait: 55 });
    expect(edited.structuredContent.outputs).toMatchObject([{ width: 256, height: 192 }]);
  }, 60_000);

  test('is listed and read as a resource, by every client', async () => {
    for (const client of clients) {
      const { resources } = await client.request('listResources');
      expect(resources.map(({ uri }: { uri: string }) => uri)).toContain(uriOf());
      const { contents } = await client.request('readResource', { uri: uriOf() });
      expect(contents).toMatchObject([{ uri: uriOf(), mimeType: 'image/webp' }]);
      const bytes = Buffer.from(contents[0].blob, 'base64');
      expect(new Bun.CryptoHasher('sha256').update(bytes).digest('hex')).toBe(
        made.structuredContent.outputs[0].sha256,
      );
      const { resourceTemplates } = await client.request('listResourceTemplates');
      expect(resourceTemplates).toHaveLength(2);
    }
  });

  test('that is gone, or was never there, is not found', async () => {
    const { jobId } = made.structuredContent;
    await rm(join(appliance.dataFolder, 'files/jobs', jobId, 'out'), { recursive: true });
    const uris = [
      uriOf(),
      `killatamata://jobs/${jobId}/other.webp`,
      `killatamata://jobs/${jobId}/..%2f..%2fsecret`,
      'killatamata://jobs/job_0/output.webp',
      'killatamata://tasks/image.dream',
      'file:///etc/passwd',
    ];
    for (const client of clients) {
      for (const uri of uris) {
        const error = await client.request('readResource', { uri }).catch((reason: unknown) => reason);
        expect([uri, error]).toEqual([uri, expect.objectContaining({ code: -32602 })]);
      }
    }
  });
});

test("a task's resource tells what it does and takes", async () => {
  for (const client of clients) {
    const read = await client.request('readResource', { uri: 'killatamata://tasks/video.combine' });
    expect(read.contents[0].text).toContain('overlapFrames');
    expect(read.contents[0].text).toContain('video_combine');
  }
});
