import type { Socket } from 'bun';

export interface HttpAnswer {
  status: number;
  body: string;
}

/**
 * One HTTP/1.1 connection that is kept open, one request at a time. `fetch` would cost as much of the machine as
 * the server that is measured with it.
 */
export class HttpConnection {
  #socket: Socket | undefined;
  #received: Buffer = Buffer.alloc(0);
  #answer = Promise.withResolvers<HttpAnswer>();

  static async open(origin: string): Promise<HttpConnection> {
    const connection = new HttpConnection();
    const { hostname, port } = new URL(origin);
    const fail = (error: Error) => connection.#answer.reject(error);
    connection.#socket = await Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        data: (_socket, bytes) => connection.#receive(bytes),
        close: () => fail(new Error('The server closed the connection.')),
        error: (_socket, error) => fail(error),
      },
    });
    return connection;
  }

  request(text: string): Promise<HttpAnswer> {
    this.#answer = Promise.withResolvers();
    this.#socket?.write(text);
    return this.#answer.promise;
  }

  close(): void {
    // Nobody waits for an answer any more.
    this.#answer.promise.catch(() => undefined);
    this.#socket?.end();
  }

  #receive(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const [, length] = /^content-length: (\d+)/im.exec(head) ?? [];
    if (length === undefined) return this.#answer.reject(new Error(`An answer without a length:\n${head}`));
    const bodyStart = headEnd + 4;
    if (this.#received.length < bodyStart + Number(length)) return;
    const body = this.#received.toString('utf8', bodyStart, bodyStart + Number(length));
    this.#received = Buffer.alloc(0);
    this.#answer.resolve({ status: Number(head.slice(9, 12)), body });
  }
}

/** A request as it goes over the wire. */
export function wireRequest(
  method: string,
  url: string,
  options: { headers: Record<string, string>; body?: string },
): string {
  const { host, pathname, search } = new URL(url);
  const { headers, body = '' } = options;
  const lines = Object.entries({ ...headers, host, 'content-length': String(Buffer.byteLength(body)) });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${pathname}${search} HTTP/1.1\r\n${head}\r\n${body}`;
}
