import { createServer, type Socket } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';

/** A web server that an operator trusts and should not have: each path is another way to do harm. */
export interface HostileServer extends AsyncDisposable {
  origin: string;
  /** Every request that came, as it came. */
  requests: string[];
}

type Trick = (socket: Socket, query: URLSearchParams) => void;

const end = '\r\n\r\n';
const ok = 'HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n';

/** Writes `piece` again and again until the other side has had enough. */
function endlessly(socket: Socket, piece: Uint8Array | string, pauseMs = 0): void {
  const write = () => {
    if (socket.destroyed) return;
    const isFlushed = socket.write(piece);
    if (pauseMs > 0) setTimeout(write, pauseMs);
    else if (isFlushed) setImmediate(write);
    else socket.once('drain', write);
  };
  write();
}

function encoded(socket: Socket, encoding: string, body: Uint8Array): void {
  socket.end(`${ok}Content-Encoding: ${encoding}\r\nContent-Length: ${body.length}${end}`);
  socket.write(body);
}

/** @param image a good PNG, which every trick pretends to be */
function tricksWith(image: Uint8Array): Record<string, Trick> {
  const zeros = Buffer.alloc(64 * 1024);
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const whole = `${ok}Content-Length: ${image.length}${end}`;
  const body = (socket: Socket, head: string, bytes: Uint8Array | string = image) => {
    socket.write(`${head}${end}`);
    socket.end(bytes);
  };
  return {
    '/good': (socket) => body(socket, whole.slice(0, -end.length)),
    '/redirect': (socket, query) =>
      socket.end(
        `HTTP/1.1 ${query.get('status') ?? '302'} Moved\r\nLocation: ${query.get('to')}\r\nContent-Length: 0${end}`,
      ),
    '/refresh': (socket, query) =>
      socket.end(`HTTP/1.1 200 OK\r\nRefresh: 0; url=${query.get('to')}\r\nContent-Length: 0${end}`),
    '/link': (socket, query) =>
      socket.end(
        `HTTP/1.1 200 OK\r\nLink: <${query.get('to')}>; rel=preload\r\nContent-Location: ${query.get('to')}\r\nContent-Length: 3${end}abc`,
      ),
    '/loop': (socket) => socket.end(`HTTP/1.1 302 F\r\nLocation: /loop\r\nContent-Length: 0${end}`),
    '/huge-told': (socket) => endlessly(socket, `${ok}Content-Length: 99999999999${end}`, 50),
    '/huge-untold': (socket) => {
      socket.write(`${ok}Connection: close${end}`);
      endlessly(socket, zeros);
    },
    '/endless-chunks': (socket) => {
      socket.write(`${ok}Transfer-Encoding: chunked${end}`);
      endlessly(socket, Buffer.concat([Buffer.from('10000\r\n'), zeros, Buffer.from('\r\n')]));
    },
    '/endless-headers': (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      endlessly(socket, `X-${'a'.repeat(2000)}: 1\r\n`);
    },
    '/endless-continues': (socket) => endlessly(socket, `HTTP/1.1 100 Continue${end}`, 10),
    '/endless-hints': (socket) => endlessly(socket, `HTTP/1.1 103 Early Hints\r\nLink: </x>${end}`, 10),
    '/drip': (socket) => {
      socket.write(`${ok}Content-Length: ${image.length}${end}`);
      endlessly(socket, 'x', 100);
    },
    '/drip-headers': (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      endlessly(socket, 'X', 100);
    },
    '/silent': () => {},
    '/silent-body': (socket) => void socket.write(`${ok}Content-Length: ${image.length}${end}`),
    '/gzip': (socket) => encoded(socket, 'gzip', bomb),
    '/deflate': (socket) => encoded(socket, 'deflate', deflateSync(Buffer.alloc(1_000_000))),
    '/br': (socket) => encoded(socket, 'br', image),
    '/gzip-twice': (socket) => encoded(socket, 'gzip, gzip', gzipSync(bomb)),
    '/unknown-encoding': (socket) => encoded(socket, 'x-anything', image),
    '/too-short': (socket) => body(socket, `${ok}Content-Length: ${image.length + 1}`),
    '/too-long': (socket) => body(socket, `${ok}Content-Length: ${image.length >> 1}`),
    '/negative-length': (socket) => body(socket, `${ok}Content-Length: -1`),
    '/two-lengths': (socket) => body(socket, `${ok}Content-Length: 5\r\nContent-Length: ${image.length}`),
    '/length-and-chunks': (socket) =>
      body(socket, `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked`, '0\r\n\r\n'),
    '/bad-chunks': (socket) => body(socket, `${ok}Transfer-Encoding: chunked`, 'zz\r\nnonsense\r\n'),
    '/huge-chunk': (socket) => body(socket, `${ok}Transfer-Encoding: chunked`, 'ffffffffffffffff\r\nx'),
    '/half-chunks': (socket) => body(socket, `${ok}Transfer-Encoding: chunked`, '5\r\nab'),
    '/no-http': (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'),
    '/http-0.9': (socket) => socket.end(image),
    '/hang-up': (socket) => socket.destroy(),
    '/status': (socket, query) =>
      body(socket, `HTTP/1.1 ${query.get('code')} X\r\nContent-Length: ${image.length}`),
    '/empty': (socket) => body(socket, `${ok}Content-Length: 0`, ''),
    '/html': (socket) =>
      body(socket, 'HTTP/1.1 200 OK\r\nContent-Type: image/png', '<script>alert(1)</script>'),
  };
}

export async function startHostileServer(image: Uint8Array): Promise<HostileServer> {
  const requests: string[] = [];
  const tricks = tricksWith(image);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (data) => {
      requests.push(data.toString('latin1'));
      const url = URL.parse(data.toString('latin1').split(' ')[1] ?? '', 'http://localhost');
      const trick = tricks[url?.pathname ?? ''];
      if (trick && url) trick(socket, url.searchParams);
      else socket.end(`HTTP/1.1 404 Not Found\r\nContent-Length: 0${end}`);
    });
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen({ port: 0, host: '127.0.0.1' }, resolve);
  await listening;
  const address = server.address();
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    requests,
    async [Symbol.asyncDispose]() {
      const { promise: closed, resolve: close } = Promise.withResolvers<void>();
      server.close(() => close());
      await closed;
    },
  };
}
