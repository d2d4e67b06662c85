import { connect } from 'node:net';

/** Sends bytes as they are, piece by piece, and answers everything that comes back until the server hangs up. */
export async function rawRequest(port: number, pieces: readonly string[]): Promise<string> {
  let received = '';
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  socket.on('data', (text: string) => {
    received += text;
  });
  const { promise: ended, resolve, reject } = Promise.withResolvers<string>();
  socket.on('close', () => resolve(received));
  // A server may hang up on a request that it has already answered.
  socket.on('error', (error) => (received === '' ? reject(error) : resolve(received)));
  for (const piece of pieces) {
    if (!socket.writable) break;
    socket.write(piece);
    await Bun.sleep(1);
  }
  return ended;
}

/** `GET <path>` with nothing in it changed on the way, as `fetch` would. */
export function rawGet(port: number, path: string): Promise<string> {
  return rawRequest(port, [`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`]);
}

/** One piece of a body whose length is not told. */
export function chunkOf(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}
export const lastChunk = '0\r\n\r\n';
