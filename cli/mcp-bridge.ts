import {
  isJSONRPCErrorResponse,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type RequestId,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { authorization, type Connection } from './client.ts';

/** JSON-RPC 2.0: the request could not be answered. */
const internalError = -32603;

/**
 * Carries messages between stdin and stdout and the appliance's `/mcp`, as the MCP SDK's transports of both sides speak
 * them, until stdin ends. A request that gets no answer over there is answered with an error here.
 * @param options.onProblem is told what no message can tell
 */
export async function bridgeMcp(
  { url, apiKey }: Connection,
  { onProblem }: { onProblem: (text: string) => void },
): Promise<void> {
  const local = new StdioServerTransport();
  const remote = new StreamableHTTPClientTransport(new URL('/mcp', url), {
    requestInit: { headers: authorization(apiKey), redirect: 'error' },
  });
  const open = new Map<RequestId, AbortController>();
  const ended = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
    local.onclose = resolve;
  });
  const reply = (message: JSONRPCMessage) => {
    local.send(message).catch((error: unknown) => onProblem(String(error)));
  };
  const fail = (id: RequestId, message: string) => {
    if (open.delete(id)) reply({ jsonrpc: '2.0', id, error: { code: internalError, message } });
  };
  remote.onmessage = (message) => {
    const isAnswer = isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message);
    if (isAnswer && message.id !== undefined) open.delete(message.id);
    if (isJSONRPCResultResponse(message)) noteVersion(remote, message.result);
    reply(message);
  };
  remote.onerror = (error) => onProblem(error.message);
  local.onerror = (error) => onProblem(error.message);
  local.onmessage = (message) => {
    if (!isJSONRPCRequest(message)) {
      // Over HTTP, a request is canceled by hanging up.
      open.get(canceledId(message) ?? '')?.abort();
      remote.send(message).catch((error: unknown) => onProblem(String(error)));
      return;
    }
    const { id } = message;
    const hangingUp = new AbortController();
    open.set(id, hangingUp);
    const onRequestStreamEnd = () => fail(id, 'The appliance hung up before it answered.');
    remote
      .send(message, { requestSignal: hangingUp.signal, onRequestStreamEnd })
      .catch((error: unknown) => fail(id, error instanceof Error ? error.message : String(error)));
  };
  await remote.start();
  await local.start();
  await ended;
  await remote.close();
  await local.close();
}

/** Later requests name the version that `initialize` agreed on. */
function noteVersion(remote: StreamableHTTPClientTransport, result: Record<string, unknown>): void {
  const { protocolVersion } = result;
  if (typeof protocolVersion === 'string' && 'serverInfo' in result)
    remote.setProtocolVersion(protocolVersion);
}

function canceledId(message: JSONRPCMessage): RequestId | undefined {
  if (!('method' in message) || message.method !== 'notifications/cancelled') return undefined;
  const id = message.params?.['requestId'];
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}
