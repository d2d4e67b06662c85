import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { type McpAppliance, startMcpAppliance } from './test-clients.ts';
import { fakeJob, fakeModels, projectRoot } from '../../testing/test-appliance.ts';

/** `killatamata mcp`, as MCP clients that know no HTTP start it. */

let appliance: McpAppliance;
beforeAll(async () => {
  appliance = await startMcpAppliance({ modelsFolder: fakeModels() });
});
afterAll(() => appliance.end());

const command = () => ({
  command: 'bun',
  args: ['run', 'cli/main.ts', 'mcp'],
  cwd: projectRoot,
  env: {
    PATH: process.env['PATH'] ?? '',
    HOME: appliance.dataFolder,
    KILLATAMATA_URL: appliance.origin,
    KILLATAMATA_API_KEY: appliance.apiKey,
  },
});
const prompt = (job: Parameters<typeof fakeJob>[0]) => String(Object(fakeJob(job)['input'])['prompt']);

describe('killatamata mcp', () => {
  test('serves a client of the first generation, with progress', async () => {
    const client = new OldClient({ name: 'test', version: '1' });
    await client.connect(new OldTransport(command()));
    const told: number[] = [];
    const args = { prompt: prompt({ milliseconds: 300, progressSteps: 10 }) };
    const result = await client.callTool({ name: 'image_generate', arguments: args }, undefined, {
      onprogress: ({ progress }) => told.push(progress),
    });
    expect(result.structuredContent).toMatchObject({ status: 'succeeded' });
    expect(told.length).toBeGreaterThan(2);
    await client.close();
  });

  test('tells what the appliance refuses', async () => {
    const { env, ...rest } = command();
    const client = new OldClient({ name: 'test', version: '1' });
    const transport = new OldTransport({ ...rest, env: { ...env, KILLATAMATA_API_KEY: 'kt_live_nonsense' } });
    const failure = await client.connect(transport).catch((error: unknown) => error);
    expect(String(failure)).toMatch(/unknown or revoked|unauthorized|401/i);
    await client.close();
  });

  test.each([{}, { versionNegotiation: { mode: 'auto' as const } }])(
    'serves a client of the second generation: %p',
    async (options) => {
      const client = new ModernClient({ name: 'test', version: '1' }, options);
      await client.connect(new ModernTransport(command()));
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toContain('image_generate');
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => client.callTool({ name: 'balance', arguments: {} })),
      );
      expect(answers.every(({ isError }) => !isError)).toBe(true);
      await client.close();
    },
  );
});
