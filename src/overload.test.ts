import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { type ApplianceChild, startApplianceChild } from './testing/appliance-child.ts';
import { chunkOf } from './testing/raw-request.ts';
import { fakeJob, fakeModels } from './testing/test-appliance.ts';
import { until } from './testing/until.ts';

/** More than the appliance takes, sent to it as a process of its own: it refuses politely and stays small. */

const mebibyte = 1024 * 1024;
/** What the process may grow by under any of this. */
const growthBytesMax = 300 * mebibyte;

let appliance: ApplianceChild;
let port: number;
const sockets = new Set<Socket>();

beforeAll(async () => {
  appliance = await startApplianceChild({
    dataFolder: mkdtempSync(join(tmpdir(), 'kt-overload-')),
    modelsFolder: fakeModels(),
    settings: {
      KT_RATE_LIMIT_READS_PER_MINUTE: '1000000',
      KT_JOBS_STREAMS_PER_ACCOUNT_MAX: '1000000',
      KT_SERVER_MAX_BODY_BYTES: String(16 * mebibyte),
      KT_SERVER_MAX_BODY_BYTES_AT_ONCE: String(48 * mebibyte),
      KT_STORAGE_LOW_WATER_BYTES: '0',
    },
  });
  port = Number(new URL(appliance.origin).port);
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await appliance.kill();
});

const headers = () => ({ authorization: `Bearer ${appliance.apiKey}`, 'content-type': 'application/json' });
const get = (path: string) => fetch(`${appliance.origin}${path}`, { headers: headers() });
const post = (path: string, body: string) =>
  fetch(`${appliance.origin}${path}`, { method: 'POST', headers: headers(), body });
const residentBytes = () =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${appliance.pid}/status`, 'utf8'))?.[1]) * 1024;

/** Opens a connection that sends `text` and then keeps still. */
function open(text: string, onData: (text: string) => void = () => {}): Socket {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  sockets.add(socket);
  socket.on('data', onData);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => sockets.delete(socket));
  if (text !== '') socket.write(text);
  return socket;
}
const head = (line: string, ...more: string[]) =>
  [`${line} HTTP/1.1`, 'Host: localhost', `Authorization: Bearer ${appliance.apiKey}`, ...more, '', ''].join(
    '\r\n',
  );
async function closeAll(): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await until(() => sockets.size === 0);
}
/** Does `work` this often, some at a time. */
async function repeat(times: number, atOnce: number, work: () => Promise<void>): Promise<void> {
  let left = times;
  const worker = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
async function submit(): Promise<string> {
  const response = await post('/api/v1/media/jobs', JSON.stringify(fakeJob({ ending: 'hang' })));
  const { jobId }: { jobId: string } = JSON.parse(await response.text());
  return jobId;
}

describe('overload', () => {
  test('ten thousand viewers: the first thousand watch, the rest is told to poll, and memory stays', async () => {
    const before = residentBytes();
    const jobId = await submit();
    const watching = new Set<number>();
    for (let i = 0; i < 1000; i++) {
      open(head(`GET /api/v1/media/jobs/events?jobId=${jobId}`), (text) => {
        if (text.includes('event: state')) watching.add(i);
      });
      if (i % 100 === 99) await until(() => watching.size > i);
    }
    await repeat(9000, 64, async () => {
      const response = await get(`/api/v1/media/jobs/events?jobId=${jobId}`);
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '10']);
      await response.text();
    });
    expect((await get(`/api/v1/media/jobs?jobId=${jobId}`)).status).toBe(200);
    expect(residentBytes() - before).toBeLessThan(growthBytesMax);
    await closeAll();
    // Their places are free again.
    let isWatching = false;
    const stream = head(`GET /api/v1/media/jobs/events?jobId=${jobId}`);
    for (let tries = 0; tries < 50 && !isWatching; tries++) {
      open(stream, (text) => (isWatching ||= text.includes('event: state')));
      await Bun.sleep(100);
    }
    expect(isWatching).toBe(true);
    await closeAll();
    const path = `${appliance.origin}/api/v1/media/jobs?jobId=${jobId}`;
    expect((await fetch(path, { method: 'DELETE', headers: headers() })).status).toBe(200);
  });

  test.each(['progress', 'log'] as const)(
    'a runner that sends %s without end keeps nobody out, and is not kept in memory',
    async (floods) => {
      const before = residentBytes();
      const body = JSON.stringify(fakeJob({ floods, milliseconds: 3000 }));
      const submitted = await (await post('/api/v1/media/jobs', body)).text();
      const { jobId }: { jobId: string } = JSON.parse(submitted);
      let status = '';
      for (let polls = 0; status !== 'succeeded'; polls++) {
        const response = await get(`/api/v1/media/jobs?jobId=${jobId}`);
        ({ status } = JSON.parse(await response.text()));
        expect([polls, status]).not.toEqual([polls, 'failed']);
        await Bun.sleep(10);
      }
      expect(residentBytes() - before).toBeLessThan(growthBytesMax / 3);
    },
  );

  test('a runner that computes without end has a low priority, and keeps nobody out', async () => {
    const body = JSON.stringify(fakeJob({ ending: 'spin' }));
    const { jobId }: { jobId: string } = JSON.parse(await (await post('/api/v1/media/jobs', body)).text());
    const path = `/api/v1/media/jobs?jobId=${jobId}`;
    const statusNow = async () => String(JSON.parse(await (await get(path)).text()).status);
    while ((await statusNow()) === 'queued') await Bun.sleep(10);
    const children = readFileSync(`/proc/${appliance.pid}/task/${appliance.pid}/children`, 'utf8');
    // Of proc(5)'s fields behind the name, the 17th.
    const niceness = (pid: string) =>
      readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[16];
    const runners = children.trim().split(' ');
    expect(runners.map(niceness)).toEqual(runners.map(() => String(Math.max(10, getPriority()))));
    for (let polls = 0; polls < 200; polls++) expect([polls, await statusNow()]).toEqual([polls, 'running']);
    expect((await fetch(`${appliance.origin}${path}`, { method: 'DELETE', headers: headers() })).status).toBe(
      200,
    );
  });

  test('two thousand connections that say nothing keep nobody out', async () => {
    const before = residentBytes();
    for (let i = 0; i < 2000; i++) {
      open(i % 2 === 0 ? '' : 'GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
      if (i % 200 === 199) await Bun.sleep(10);
    }
    for (let i = 0; i < 20; i++) expect((await get('/api/v1/health')).status).toBe(200);
    expect(residentBytes() - before).toBeLessThan(growthBytesMax);
    await closeAll();
  });

  test('a body without an end is cut at the limit, and what comes after it is not kept', async () => {
    const before = residentBytes();
    const chunk = chunkOf('x'.repeat(mebibyte));
    let answer = '';
    const request = head(
      'POST /api/v1/media/quote',
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
    );
    const socket = open(request, (text) => (answer += text));
    for (let i = 0; i < 400 && !socket.destroyed; i++) {
      if (!socket.write(chunk))
        await Promise.race([new Promise((drained) => socket.once('drain', drained)), Bun.sleep(500)]);
    }
    await until(() => answer !== '');
    expect(answer).toStartWith('HTTP/1.1 413');
    expect(residentBytes() - before).toBeLessThan(growthBytesMax);
    await closeAll();
  });

  test('many large bodies at once cost the memory of a few', async () => {
    const before = residentBytes();
    const body = JSON.stringify({ task: 'no.such.task', input: { text: 'x'.repeat(14 * mebibyte) } });
    let largest = 0;
    const watching = setInterval(() => (largest = Math.max(largest, residentBytes())), 20);
    const statuses = new Set<number>();
    await repeat(60, 60, async () => {
      const response = await post('/api/v1/media/quote', body);
      statuses.add(response.status);
      const { code }: { code: string } = JSON.parse(await response.text());
      expect(code).toBe(response.status === 503 ? 'too_many_bodies' : 'invalid_input');
    });
    clearInterval(watching);
    expect([...statuses].toSorted((a, b) => a - b)).toEqual([422, 503]);
    expect(largest - before).toBeLessThan(2 * growthBytesMax);
  });

  test('many large files inside requests at once come through in the end', async () => {
    const noise = Buffer.concat(
      Array.from({ length: 50 }, () => crypto.getRandomValues(new Uint8Array(60_000))),
    );
    const picture = sharp(noise, { raw: { width: 1000, height: 1000, channels: 3 } });
    const dataBase64 = (await picture.png({ compressionLevel: 0 }).toBuffer()).toString('base64');
    const body = JSON.stringify(fakeJob({}, { referenceImages: [{ mimeType: 'image/png', dataBase64 }] }));
    let taken = 0;
    await repeat(16, 16, async () => {
      for (;;) {
        const { status } = await post('/api/v1/media/quote', body);
        if (status === 200) break;
        expect(status).toBe(503);
        await Bun.sleep(500);
      }
      taken++;
      expect((await get('/api/v1/health')).status).toBe(200);
    });
    expect(taken).toBe(16);
  });
});
