import type { CallToolResult, ToolAnnotations } from '@modelcontextprotocol/server';
import type { Static, TObject, TSchema } from '@sinclair/typebox';
import { InvalidInput } from '../../errors.ts';
import { fits } from '../../fits.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { RequestKind } from '../../identity/rate-limit.ts';
import type { JobView } from '../../jobs/job-view.ts';
import { inputIssues } from '../../tasks/input-issues.ts';
import { plainSchema } from '../../tasks/plain-schema.ts';

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
  /** JSON Schema of an object. */
  inputSchema: JsonObjectSchema;
  outputSchema: JsonObjectSchema;
  annotations: ToolAnnotations;
  /** Which of the key's rate limits a call counts against, beside that of its request. */
  counts: RequestKind;
  /** The media task that it submits; only keys that may do so see it. */
  task: string | null;
  /** @throws ApplianceError, which the client gets as a result that says so */
  run(input: unknown, call: ToolCall): Promise<CallToolResult>;
}

export type JsonObjectSchema = Record<string, unknown> & { type: 'object' };

/** A tool whose arguments are checked before it runs: `run` throws InvalidInput with every issue. */
export function defineTool<Input extends TObject>(
  tool: Pick<Tool, 'name' | 'title' | 'description' | 'annotations' | 'counts'> & {
    input: Input;
    output: TSchema;
    run(input: Static<Input>, call: ToolCall): Promise<CallToolResult>;
  },
): Tool {
  const { input: schema, output, ...rest } = tool;
  return {
    ...rest,
    task: null,
    inputSchema: jsonObjectSchema(schema),
    outputSchema: jsonObjectSchema(output),
    run(input, call) {
      if (!fits(schema, input)) throw new InvalidInput(inputIssues(schema, input, ''));
      return tool.run(input, call);
    },
  };
}

/** How our own keywords begin: what they say is said by the schema or its description too. */
const ownKeyword = /^x-/;

/**
 * A schema as a tool may have it. Language models' providers refuse a tool whose schema combines others at its top
 * level; the appliance checks those rules, and the descriptions of the fields tell them.
 */
export function jsonObjectSchema(schema: TSchema): JsonObjectSchema {
  const { allOf: _allOf, anyOf: _anyOf, oneOf: _oneOf, ...plain } = withoutOwn(plainSchema(schema));
  return { ...plain, type: 'object' };
}

function withoutOwn(schema: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) => (ownKeyword.test(key) ? undefined : value)),
  );
}
