import type { CallToolResult, McpServer, ServerContext } from '@modelcontextprotocol/server';
import type { Caller } from '../../identity/authenticate.ts';
import type { McpParts, Sdk } from './parts.ts';
import { progressSender } from './progress.ts';
import { getPrompt, prompts } from './prompts.ts';
import { listResources, readResource, resourceTemplates } from './resources.ts';
import { serverDescription, serverTitle } from './server-card.ts';
import { pollsTasks, tasksExtension } from './tasks-extension.ts';
import { answerTaskRequests } from './task-requests.ts';
import { errorResult, told } from './tool-error.ts';
import type { Tool } from './tool.ts';

export type Protocol = McpServer['server'];

/** One HTTP request's worth of MCP. */
export interface McpCall {
  caller: Caller;
  /** Base of the URLs in its answer. */
  origin: string;
  request: Request;
}

/** Nothing is told unasked: tools never change, and of jobs a client hears by waiting. */
const capabilities = {
  tools: { listChanged: false },
  resources: { listChanged: false },
  prompts: { listChanged: false },
  extensions: { [tasksExtension]: {} },
};

const instructions = `${serverDescription} Each media task is a tool that submits a job, waits for it, and answers with links to its files; a job that takes longer goes on, and wait_for_job tells when it has ended. Jobs are paid from a prepaid balance: ask quote before anything that might be dear. Results marked as drafts were made without a model. A file of one job can be the input of the next: give its link.`;

/** A server for one request: nothing is kept between requests, so that any of them may come first or last. */
export function createMcpServer(
  sdk: Sdk,
  { mcp, tools, call }: { mcp: McpParts; tools: ReadonlyMap<string, Tool>; call: McpCall },
): McpServer {
  const server = new sdk.McpServer(
    { name: 'killatamata', title: serverTitle, version: mcp.version },
    { capabilities, instructions },
  );
  const protocol = server.server;
  protocol.setRequestHandler('tools/list', () => ({ tools: listTools(tools, call.caller) }));
  protocol.setRequestHandler('tools/call', ({ params }, context) => {
    const tool = tools.get(params.name);
    if (!tool) throw new sdk.ProtocolError(sdk.INVALID_PARAMS, `There is no tool ${params.name}.`);
    return runTool(mcp, tool, params.arguments ?? {}, { call, context });
  });
  protocol.setRequestHandler('prompts/list', () => prompts);
  protocol.setRequestHandler('prompts/get', ({ params }) => told(sdk, mcp, () => getPrompt(params)));
  protocol.setRequestHandler('resources/list', ({ params }) =>
    told(sdk, mcp, () => listResources(mcp, call, params?.cursor)),
  );
  protocol.setRequestHandler('resources/templates/list', () => resourceTemplates);
  protocol.setRequestHandler('resources/read', ({ params }) =>
    told(sdk, mcp, () => readResource(mcp, call, params.uri)),
  );
  answerTaskRequests(sdk, protocol, { mcp, call });
  return server;
}

/** A key that is for some tasks only sees no tools of others. */
function listTools(tools: ReadonlyMap<string, Tool>, { limits }: Caller) {
  const isAllowed = ({ task }: Tool) => task === null || (limits.allowedTasks?.includes(task) ?? true);
  return [...tools.values()]
    .filter(isAllowed)
    .map(({ name, title, description, inputSchema, outputSchema, annotations }) => ({
      ...{ name, title, description, inputSchema, outputSchema, annotations },
    }));
}

async function runTool(
  mcp: McpParts,
  tool: Tool,
  input: unknown,
  { call, context }: { call: McpCall; context: ServerContext },
): Promise<CallToolResult> {
  const { caller, origin, request } = call;
  try {
    if (tool.counts === 'write') mcp.rateLimit.take(caller.keyId, 'write');
    const result = await tool.run(input, {
      ...{ caller, origin, pollsTasks: pollsTasks(context) },
      signal: AbortSignal.any([context.mcpReq.signal, request.signal]),
      ...progressOf(context, mcp),
    });
    // What is told of a job must not be undone by a power cut.
    await mcp.parts.writer.onDisk();
    return result;
  } catch (error) {
    return errorResult(error, mcp.log);
  }
}

function progressOf({ mcpReq }: ServerContext, { log }: McpParts) {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return {};
  const send = (progress: number, message: string) => {
    const params = { progressToken, progress, total: 1, message };
    mcpReq.notify({ method: 'notifications/progress', params }).catch((error) => {
      log.debug('progress reached nobody', { error });
    });
  };
  return { onProgress: progressSender(send) };
}
