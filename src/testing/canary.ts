import { createServer } from 'node:net';

/** A port of this machine, on every one of its addresses, that nobody should ever come to. */
export interface Canary extends AsyncDisposable {
  port: number;
  /** Connections so far; a request need not even have been sent. */
  connections(): number;
}

/** Answers whoever comes with a good image, so that a fetch that got through would succeed. */
export async function startCanary(image: Uint8Array): Promise<Canary> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: ${image.length}\r\n\r\n`);
      socket.end(image);
    });
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  // `::` takes IPv4 too, and so 127.0.0.1, ::1 and every address of the network cards.
  server.listen({ port: 0, host: '::' }, resolve);
  await listening;
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      const { promise: closed, resolve: close } = Promise.withResolvers<void>();
      server.close(() => close());
      await closed;
    },
  };
}
