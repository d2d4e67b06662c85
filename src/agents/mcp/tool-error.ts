import type { CallToolResult } from '@modelcontextprotocol/server';
import { ApplianceError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { writeRefusal } from '../../storage/write-refusal.ts';
import type { McpParts, Sdk } from './parts.ts';

/**
 * An error as a tool's result: the body that the HTTP API would have answered, as text, for a model to read and to
 * mend what it asked. (As structured data it would have to fit the tool's output schema, say today's clients.)
 * @param log told of what is our own mistake, of which the client learns nothing
 */
export function errorResult(error: unknown, log: Log): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(describeError(error, log)) }], isError: true };
}

/** Answers what isn't a tool's call: an error of ours is one of the protocol there. */
export async function told<T>(
  sdk: Sdk,
  { parts, log }: Pick<McpParts, 'parts' | 'log'>,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    const result = await work();
    // What is told of a job must not be undone by a power cut.
    await parts.writer.onDisk();
    return result;
  } catch (error) {
    const { error: message, ...data } = describeError(error, log);
    const isAsked = error instanceof ApplianceError && error.status < 500;
    throw new sdk.ProtocolError(isAsked ? sdk.INVALID_PARAMS : sdk.INTERNAL_ERROR, message, data);
  }
}

/** The HTTP API's body of an error. */
function describeError(thrown: unknown, log: Log): { error: string; code: string } {
  const error = writeRefusal(thrown) ?? thrown;
  if (!(error instanceof ApplianceError)) {
    log.error('mcp request failed', { error });
    return { error: 'Something went wrong on our side. The log has the details.', code: 'internal_error' };
  }
  const { message, code, details, retryAfterSeconds } = error;
  return {
    error: message,
    code,
    ...(details === undefined ? {} : { details }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}
