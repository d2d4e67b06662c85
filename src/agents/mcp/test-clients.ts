import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { listen } from '../../http/listen.ts';
import { startTestAppliance, type TestAppliance } from '../../testing/test-appliance.ts';

/** What both generations of the client SDK can do, in one shape. */
export interface TestClient {
  name: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into whatever came back
  request(method: McpMethod, params?: Record<string, unknown>, options?: RequestOptions): Promise<any>;
  close(): Promise<void>;
}

export type McpMethod =
  | 'listTools'
  | 'callTool'
  | 'listResources'
  | 'listResourceTemplates'
  | 'readResource'
  | 'listPrompts'
  | 'getPrompt';

interface RequestOptions {
  signal?: AbortSignal;
  timeout?: number;
  onprogress?: (progress: { progress: number; total?: number; message?: string }) => void;
}

export interface McpAppliance extends TestAppliance {
  origin: string;
  connect(client: ClientName, key?: string): Promise<TestClient>;
  end(): Promise<void>;
}

/** Of the SDK's first generation, of the second as it speaks unasked, and as it speaks where the server can. */
export const clientNames = ['old', 'modern', 'modern, negotiating'] as const;
export type ClientName = (typeof clientNames)[number];

/** A real appliance that listens on loopback, for real clients. */
export async function startMcpAppliance(
  options: Parameters<typeof startTestAppliance>[0] = {},
): Promise<McpAppliance> {
  const appliance = await startTestAppliance(options);
  const origin = listen(appliance.app, { host: '127.0.0.1', port: 0 });
  return {
    ...appliance,
    origin,
    connect: (client, key = appliance.apiKey) => connect(client, new URL('/mcp', origin), key),
    async end() {
      await appliance.app.stop(true);
      await appliance.stop();
    },
  };
}

async function connect(name: ClientName, url: URL, key: string): Promise<TestClient> {
  const options = { requestInit: { headers: { authorization: `Bearer ${key}` } } };
  if (name === 'old') return connectOld(url, options);
  const client = new ModernClient(
    { name: 'test', version: '1' },
    name === 'modern' ? {} : { versionNegotiation: { mode: 'auto' } },
  );
  await client.connect(new ModernTransport(url, options));
  const version = client.getNegotiatedProtocolVersion();
  const requests = {
    listTools: client.listTools.bind(client),
    callTool: client.callTool.bind(client),
    listResources: client.listResources.bind(client),
    listResourceTemplates: client.listResourceTemplates.bind(client),
    readResource: client.readResource.bind(client),
    listPrompts: client.listPrompts.bind(client),
    getPrompt: client.getPrompt.bind(client),
  };
  return {
    name: `${name}: ${version}`,
    request: (method, params = {}, how = {}) => Reflect.apply(requests[method], client, [params, how]),
    close: () => client.close(),
  };
}

async function connectOld(url: URL, options: { requestInit: RequestInit }): Promise<TestClient> {
  const client = new OldClient({ name: 'test', version: '1' });
  await client.connect(new OldTransport(url, options));
  const callTool = client.callTool.bind(client);
  const requests = {
    listTools: client.listTools.bind(client),
    listResources: client.listResources.bind(client),
    listResourceTemplates: client.listResourceTemplates.bind(client),
    readResource: client.readResource.bind(client),
    listPrompts: client.listPrompts.bind(client),
    getPrompt: client.getPrompt.bind(client),
  };
  return {
    name: 'old',
    request: (method, params = {}, how = {}) =>
      method === 'callTool'
        ? Reflect.apply(callTool, client, [params, undefined, how])
        : Reflect.apply(requests[method], client, [params, how]),
    close: () => client.close(),
  };
}
