import type { ServerContext, StandardSchemaV1 } from '@modelcontextprotocol/server';
import { type Static, Type } from '@sinclair/typebox';
import { Conflict } from '../../errors.ts';
import { fits } from '../../fits.ts';
import type { McpCall, Protocol } from './mcp-server.ts';
import type { McpParts, Sdk } from './parts.ts';
import { pollsTasks, tasksExtension, viewTask } from './tasks-extension.ts';
import { told } from './tool-error.ts';

const TaskRequest = Type.Object({ taskId: Type.String({ maxLength: 100 }) });

const params: StandardSchemaV1<unknown, Static<typeof TaskRequest>> = {
  '~standard': {
    version: 1,
    vendor: 'typebox',
    validate: (value) =>
      fits(TaskRequest, value)
        ? { value }
        : { issues: [{ message: 'A request on a task names its taskId.' }] },
  },
};

/** The methods of the Tasks extension, for clients that declare it. */
export function answerTaskRequests(
  sdk: Sdk,
  protocol: Protocol,
  { mcp, call }: { mcp: McpParts; call: McpCall },
): void {
  const { desk, rateLimit } = mcp;
  const { caller, origin } = call;
  const answer = (method: string, work: (jobId: string) => Promise<Record<string, unknown>>) =>
    protocol.setRequestHandler(method, { params }, ({ taskId }, context) => {
      assertDeclared(sdk, context);
      return told(sdk, mcp, () => work(taskId));
    });
  answer('tasks/get', async (jobId) => viewTask(desk.find(caller, { jobId, origin })));
  answer('tasks/cancel', async (jobId) => {
    rateLimit.take(caller.keyId, 'write');
    try {
      await desk.cancel(caller, { jobId, origin });
    } catch (error) {
      // It has ended before the request came, which the client learns when it looks.
      if (!(error instanceof Conflict)) throw error;
    }
    return {};
  });
  // No job of ours asks anything back.
  answer('tasks/update', async (jobId) => {
    desk.find(caller, { jobId, origin });
    return {};
  });
}

function assertDeclared(sdk: Sdk, context: ServerContext): void {
  if (pollsTasks(context)) return;
  const requiredCapabilities = { extensions: { [tasksExtension]: {} } };
  throw new sdk.MissingRequiredClientCapabilityError({ requiredCapabilities });
}
