import { afterAll, beforeAll, expect, test } from 'bun:test';
import { connect, type Socket } from 'node:net';
import { Elysia } from 'elysia';
import { silentLog } from '../log.ts';
import { until } from '../testing/until.ts';
import { createBodyBudget } from './body-budget.ts';
import { errorResponse } from './error-response.ts';
import { jsonBody } from './json-body.ts';
import { createUploadReceiver } from './receive-upload.ts';

const path = '/api/v1/studio/assets/upload';
const budget = createBodyBudget(2_500_000);
const options = { bytesMax: 1000, assertKey: () => {}, budget, silenceMsMax: 150 };
const receive = createUploadReceiver(options);
/** What was taken so far, and whether taking goes on. */
let taken = 0;
let gate = Promise.resolve();

const app = new Elysia({ normalize: false, serve: { maxRequestBodySize: Number.MAX_SAFE_INTEGER } })
  .use(errorResponse(silentLog))
  .use(jsonBody(options))
  .post(path, async ({ request }) => {
    const called = await receive(request, async (chunks) => {
      for await (const chunk of chunks) {
        taken += chunk.byteLength;
        await gate;
      }
    });
    return { called, taken };
  });
let port: number;
beforeAll(() => {
  app.listen({ hostname: '127.0.0.1', port: 0 });
  port = app.server?.port ?? 0;
});
afterAll(() => app.server?.stop(true));

const sockets: Socket[] = [];
/** A client that has said that `bytes` will follow. */
function open(bytes: number) {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  const client = { socket, received: '' };
  socket.on('data', (text: string) => (client.received += text));
  socket.on('error', () => {
    // The server hangs up on a client that goes on sending.
  });
  socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bytes}\r\n\r\n`);
  sockets.push(socket);
  return client;
}

test('a body far beyond the length of others is taken whole', async () => {
  taken = 0;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    ...{ method: 'POST', body: new Uint8Array(5_000_000) },
  });
  expect(await response.json()).toEqual({ called: null, taken: 5_000_000 });
});

test('a body that stops coming is given up', async () => {
  const client = open(1000);
  client.socket.write('x'.repeat(10));
  await until(() => client.received.includes('\r\n\r\n'));
  expect(client.received).toStartWith('HTTP/1.1 408');
});

test('only so many are taken at once; those that are refused may come again', async () => {
  const clients = [open(9_000_000), open(9_000_000), open(9_000_000)];
  const refused = () => clients.filter(({ received }) => received.includes('too_many_bodies'));
  await until(() => refused().length === 1);
  for (const { socket } of clients) socket.destroy();
  await until(() => sockets.every(({ destroyed }) => destroyed));
  taken = 0;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: 'x' });
    if (response.status === 200) break;
    await Bun.sleep(5);
  }
});

test('what is taken slowly is not read from the network meanwhile', async () => {
  taken = 0;
  const closed = Promise.withResolvers<void>();
  gate = closed.promise;
  const client = open(64_000_000);
  let isFull = false;
  const piece = Buffer.alloc(1_000_000);
  for (let sent = 0; sent < 64 && !isFull; sent++) isFull = !client.socket.write(piece) && sent > 30;
  await until(() => taken > 0);
  await Bun.sleep(100);
  expect(client.socket.writableLength).toBeGreaterThan(20_000_000);
  gate = Promise.resolve();
  closed.resolve();
  client.socket.destroy();
});
