import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { fits } from '../fits.ts';
import { BadLine, readLines } from './lines.ts';
import { type ErrorBody, messageBytesMax, Notification, Response } from './protocol.ts';

/** How a request ended: answered, refused, or `closed` because the child is gone or broke the protocol. */
export type Answer<Result> =
  | { type: 'result'; result: Result }
  | { type: 'error'; error: ErrorBody }
  | { type: 'closed' };

export interface RpcConnection {
  /** Sends a request and waits for its answer; a result that doesn't fit `schema` counts as a bad message. */
  request<Schema extends TSchema>(
    method: string,
    params: object,
    schema: Schema,
  ): Promise<Answer<Static<Schema>>>;
  /** Settles every open request as `closed`; what comes later is ignored. */
  close(): void;
  /** Resolves when the child's stdout has ended (or could not be understood any more). */
  ended: Promise<void>;
}

interface OpenRequest {
  schema: TSchema;
  settle(answer: Answer<unknown>): void;
}

interface ConnectionOptions {
  stdout: AsyncIterable<Uint8Array>;
  write: (text: string) => Promise<void>;
  onNotification: (notification: Notification) => void;
  /** The child wrote something that is not the protocol. Called once; nothing is read after it. */
  onBadMessage: (reason: string) => void;
  /** The child's stdin took no more. Its exit says why. */
  onWriteFailed: (error: unknown) => void;
}

/** Speaks JSON-RPC 2.0 with a child: numbers the requests, matches the answers, hands on the notifications. */
export function createRpcConnection(options: ConnectionOptions): RpcConnection {
  return new StdioConnection(options);
}

class BadMessage extends Error {}

class StdioConnection implements RpcConnection {
  readonly ended: Promise<void>;
  readonly #open = new Map<number, OpenRequest>();
  #lastId = 0;
  #closed = false;

  constructor(readonly options: ConnectionOptions) {
    this.ended = this.#read();
  }

  request<Schema extends TSchema>(
    method: string,
    params: object,
    schema: Schema,
  ): Promise<Answer<Static<Schema>>> {
    if (this.#closed) return Promise.resolve({ type: 'closed' });
    const id = ++this.#lastId;
    const answered = new Promise<Answer<Static<Schema>>>((settle) => {
      this.#open.set(id, { schema, settle });
    });
    this.options
      .write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
      .catch(this.options.onWriteFailed);
    return answered;
  }

  close(): void {
    this.#closed = true;
    for (const request of this.#open.values()) request.settle({ type: 'closed' });
    this.#open.clear();
  }

  async #read(): Promise<void> {
    try {
      for await (const line of readLines(this.options.stdout, messageBytesMax)) {
        if (this.#closed) return;
        this.#receive(parse(line));
      }
    } catch (error) {
      if (!(error instanceof BadMessage || error instanceof BadLine)) throw error;
      this.options.onBadMessage(error.message);
    }
  }

  #receive(message: unknown): void {
    if (fits(Response, message)) this.#settle(message);
    else if (isRequest(message)) throw new BadMessage('The runner sent a request.');
    else if (fits(Notification, message)) this.options.onNotification(message);
    else throw new BadMessage('The runner sent JSON that is no message.');
  }

  #settle(response: Response): void {
    const request = this.#open.get(response.id ?? 0);
    if (!request || response.id === null) {
      throw new BadMessage(`The runner answered request ${response.id}, which is not open.`);
    }
    if ('result' in response && !fits(request.schema, response.result)) {
      throw new BadMessage(`The runner's answer has the wrong shape: ${firstProblem(request, response)}`);
    }
    this.#open.delete(response.id);
    request.settle(
      'result' in response
        ? { type: 'result', result: response.result }
        : { type: 'error', error: response.error },
    );
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new BadMessage('The runner wrote a line that is not JSON.', { cause });
  }
}

function isRequest(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'id' in message;
}

function firstProblem({ schema }: OpenRequest, response: { result: unknown }): string {
  const problem = Value.Errors(schema, response.result).First();
  return problem ? `${problem.path || 'result'}: ${problem.message}` : 'unknown';
}
