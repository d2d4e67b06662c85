import type { CallToolResult } from '@modelcontextprotocol/server';
import { ApplianceError } from '../../errors.ts';
import type { Log } from '../../log.ts';

/**
 * An error as a tool's result: the body that the HTTP API would have answered, as text, for a model to read and to
 * mend what it asked. (As structured data it would have to fit the tool's output schema, say today's clients.)
 * @param log told of what is our own mistake, of which the client learns nothing
 */
export function errorResult(error: unknown, log: Log): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(describeError(error, log)) }], isError: true };
}

/** The same, as data. */
export function describeError(error: unknown, log: Log): { error: string; code: string } {
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
