import type { AuthInfo, McpHttpHandler } from '@modelcontextprotocol/server';
import { jobTools } from './job-tools.ts';
import { createMcpServer, type McpCall } from './mcp-server.ts';
import type { McpParts } from './parts.ts';
import { taskTools } from './task-tools.ts';

/** Answers one request to `/mcp`. */
export type AnswerMcp = (call: McpCall, body: unknown) => Promise<Response>;

/** Streams of changes that may be open: nothing of ours changes that they tell of, so that few make sense. */
const subscriptionsMax = 32;

/**
 * MCP over streamable HTTP, for clients of the protocol of 2026-07-28 and of those before it, without sessions.
 * The SDK is loaded with the first request: a tenth of a second, and some 13 MB of memory.
 */
export function createMcpHandler(mcp: McpParts): AnswerMcp {
  const calls = new WeakMap<AuthInfo, McpCall>();
  const load = async (): Promise<McpHttpHandler> => {
    const sdk = await import('@modelcontextprotocol/server');
    const all = [...taskTools(mcp), ...jobTools(mcp), ...mcp.moreTools];
    const tools = new Map(all.map((tool) => [tool.name, tool]));
    return sdk.createMcpHandler(
      ({ authInfo }) => {
        const call = authInfo && calls.get(authInfo);
        if (!call) throw new Error('This request to MCP has no caller.');
        return createMcpServer(sdk, { mcp, tools, call });
      },
      {
        maxSubscriptions: subscriptionsMax,
        onerror: (error) => mcp.log.debug('mcp request refused', { error }),
      },
    );
  };
  let handler: Promise<McpHttpHandler> | undefined;
  return async (call, body) => {
    const { fetch } = await (handler ??= load());
    // Whose key it is was found out before; the SDK only hands this through to the server.
    const authInfo: AuthInfo = { token: '', clientId: call.caller.keyId, scopes: [] };
    calls.set(authInfo, call);
    const parsedBody = call.request.method === 'POST' ? { parsedBody: body } : {};
    return fetch(call.request, { authInfo, ...parsedBody });
  };
}
