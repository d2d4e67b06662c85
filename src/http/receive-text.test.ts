import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { connect, type Socket } from 'node:net';
import { Elysia, t } from 'elysia';
import { Conflict } from '../errors.ts';
import { silentLog } from '../log.ts';
import { chunkOf, lastChunk } from '../testing/raw-request.ts';
import { until } from '../testing/until.ts';
import { createBodyBudget } from './body-budget.ts';
import { errorResponse } from './error-response.ts';
import { jsonBody } from './json-body.ts';

const bytesMax = 400_000;
const budgetBytes = 1_000_000;
const silenceMsMax = 150;

const app = new Elysia({ normalize: false })
  .use(errorResponse(silentLog))
  .use(jsonBody({ bytesMax, assertKey: () => {}, budget: createBodyBudget(budgetBytes), silenceMsMax }))
  .post('/length', ({ body }) => ({ length: JSON.stringify(body).length }))
  .post('/refuses', () => {
    throw new Conflict('No.');
  })
  .post('/breaks', () => Promise.reject(new Error('It broke.')))
  .post('/checks', () => 'never', { body: t.Object({ missing: t.String() }) })
  .post('/takes-long', async () => {
    await Bun.sleep(100);
    return 'late';
  });
let port: number;
beforeAll(() => {
  app.listen({ hostname: '127.0.0.1', port: 0 });
  port = app.server?.port ?? 0;
});
afterAll(() => app.server?.stop(true));

/** A client that has sent its head, and sends its body piece by piece. */
interface Client {
  socket: Socket;
  received: string;
  isClosed: boolean;
}
function open(framing = 'Transfer-Encoding: chunked'): Client {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  const client: Client = { socket, received: '', isClosed: false };
  socket.on('data', (text: string) => (client.received += text));
  socket.on('close', () => (client.isClosed = true));
  socket.on('error', () => {
    // The server hangs up on a client that goes on sending.
  });
  socket.write(
    ['POST /length HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', framing, '', ''].join(
      '\r\n',
    ),
  );
  return client;
}
const isAnswered = (client: Client) => until(() => client.received.includes('\r\n\r\n'));
const statusOf = ({ received }: Client) => Number(received.split(' ')[1]);
const hangUp = (...clients: Client[]) => {
  for (const { socket } of clients) socket.destroy();
};

describe('a body that comes too slowly', () => {
  test.each([
    ['small', 100],
    ['large', 100_000],
  ])('is cut off when nothing comes any more, a %s one', async (_size, bytes) => {
    const client = open(`Content-Length: ${bytes}`);
    client.socket.write('{"a":');
    await isAnswered(client);
    expect(statusOf(client)).toBe(408);
    expect(client.received).toContain('body_too_slow');
    await until(() => client.isClosed);
  });

  test.each([
    ['small', 2000],
    ['large', 100_000],
  ])('is cut off when it comes drop by drop, a %s one', async (_size, bytes) => {
    const client = open(`Content-Length: ${bytes}`);
    const drip = setInterval(() => client.socket.write(' '), 10);
    await isAnswered(client);
    expect(statusOf(client)).toBe(408);
    await until(() => client.isClosed);
    clearInterval(drip);
  });

  test('is taken where its pauses are short and its pace is a good one', async () => {
    const client = open();
    client.socket.write(chunkOf('{"text":"'));
    for (let i = 0; i < 4; i++) {
      client.socket.write(chunkOf('x'.repeat(20_000)));
      await Bun.sleep(60);
    }
    client.socket.write(`${chunkOf('"}')}${lastChunk}`);
    await isAnswered(client);
    expect(client.received).toContain('{"length":80011}');
    hangUp(client);
  });
});

describe('many large bodies at once', () => {
  const piece = chunkOf('x'.repeat(300_000));

  /** Three of them, which go on just fast enough, take nearly all there is. */
  async function fill() {
    const clients = [open(), open(), open()];
    for (const { socket } of clients) socket.write(`${chunkOf('{"text":"')}${piece}`);
    const going = setInterval(() => {
      for (const { socket } of clients) socket.write(chunkOf('x'));
    }, 20);
    await Bun.sleep(40);
    return { clients, stop: () => clearInterval(going) };
  }
  async function sendLarge(): Promise<Client> {
    const client = open();
    client.socket.write(`${chunkOf('{"text":"')}${piece}${chunkOf('"}')}${lastChunk}`);
    await isAnswered(client);
    return client;
  }

  test('are told to come again when there is no memory left for them, while small ones are taken', async () => {
    const { clients, stop } = await fill();
    const refused = await sendLarge();
    expect(statusOf(refused)).toBe(503);
    expect(refused.received).toMatch(/retry-after: 5/i);
    expect(refused.received).toContain('too_many_bodies');
    const small = await fetch(`http://127.0.0.1:${port}/length`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    expect(small.status).toBe(200);
    stop();
    for (const { socket } of clients) socket.write(`${chunkOf('"}')}${lastChunk}`);
    await Promise.all(clients.map(isAnswered));
    expect(clients.map(statusOf)).toEqual([200, 200, 200]);
    await Bun.sleep(10);
    const taken = await sendLarge();
    expect(statusOf(taken)).toBe(200);
    hangUp(...clients, refused, taken);
  });

  const post = (path: string, body: string, signal?: AbortSignal) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      ...(signal ? { signal } : {}),
    });
  const large = JSON.stringify({ text: 'x'.repeat(300_000) });

  test('hold it until they are answered', async () => {
    const working = [post('/takes-long', large), post('/takes-long', large), post('/takes-long', large)];
    await Bun.sleep(40);
    expect((await post('/length', large)).status).toBe(503);
    await Promise.all(working);
    await Bun.sleep(10);
    expect((await post('/length', large)).status).toBe(200);
  });

  test.each([
    ['taken', '/length', large, 200],
    ['refused', '/refuses', large, 409],
    ['a failure of ours', '/breaks', large, 500],
    ['invalid', '/checks', large, 422],
    ['for nobody', '/nowhere', large, 404],
    ['not JSON', '/length', large.slice(1), 400],
    ['too large', '/length', ' '.repeat(bytesMax + 1), 413],
  ])('give back what they held when they are %s', async (_name, path, body, status) => {
    for (let i = 0; i < 8; i++) {
      expect((await post(path, body)).status).toBe(status);
      await Bun.sleep(5);
    }
    expect((await post('/length', large)).status).toBe(200);
  });

  test('give it back when nobody waits for the answer', async () => {
    for (let i = 0; i < 8; i++) {
      const answered = post('/takes-long', large, AbortSignal.timeout(30));
      await expect(answered).rejects.toThrow();
      await Bun.sleep(100);
    }
    expect((await post('/length', large)).status).toBe(200);
  });

  test('give back what they held when their clients hang up', async () => {
    for (let round = 0; round < 5; round++) {
      const { clients, stop } = await fill();
      stop();
      hangUp(...clients);
      await until(() => clients.every(({ isClosed }) => isClosed));
    }
    await Bun.sleep(silenceMsMax);
    const taken = await sendLarge();
    expect(statusOf(taken)).toBe(200);
    hangUp(taken);
  });
});
