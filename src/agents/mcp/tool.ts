import type { CallToolResult, ToolAnnotations } from '@modelcontextprotocol/server';
import type { Static, TObject } from '@sinclair/typebox';
import { InvalidInput } from '../../errors.ts';
import { fits } from '../../fits.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { RequestKind } from '../../identity/rate-limit.ts';
import type { JobView } from '../../jobs/job-view.ts';
import { inputIssues } from '../../tasks/input-issues.ts';
import { type JsonObjectSchema, leanAnswer, leanObject } from './lean-schema.ts';

/** One `tools/call`, and who sends it. */
export interface ToolCall {
  caller: Caller;
  /** Base of the URLs in its answer. */
  origin: string;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
  /** Tells the client how its job gets on; absent where it did not ask for that. */
  onProgress?: (job: JobView) => void;
  /** The client polls a job by itself (the extension `io.modelcontextprotocol/tasks`). */
  pollsTasks: boolean;
}

export interface Tool {
  name: string;
  title: string;
  description: string;
  inputSchema: JsonObjectSchema;
  outputSchema: JsonObjectSchema;
  /** Where it isn't as the protocol supposes of a tool: writing, destructive, not idempotent, in an open world. */
  annotations: ToolAnnotations;
  /** Which of the key's rate limits a call counts against, beside that of its request. */
  counts: RequestKind;
  /** The media task that it submits; only keys that may do so see it. */
  task: string | null;
  /** @throws ApplianceError, which the client gets as a result that says so */
  run(input: unknown, call: ToolCall): Promise<CallToolResult>;
}

/** A tool whose arguments are checked before it runs: `run` throws InvalidInput with every issue. */
export function defineTool<Input extends TObject>(
  tool: Pick<Tool, 'name' | 'title' | 'description' | 'annotations' | 'counts'> & {
    input: Input;
    output: TObject;
    run(input: Static<Input>, call: ToolCall): Promise<CallToolResult>;
  },
): Tool {
  const { input: schema, output, ...rest } = tool;
  return {
    ...rest,
    task: null,
    inputSchema: leanObject(schema),
    outputSchema: leanAnswer(output),
    run(input, call) {
      if (!fits(schema, input)) throw new InvalidInput(inputIssues(schema, input, ''));
      return tool.run(input, call);
    },
  };
}
