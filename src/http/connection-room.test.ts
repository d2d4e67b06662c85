import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Elysia } from 'elysia';
import { createLog } from '../log.ts';
import { type ApplianceChild, startApplianceChild } from '../testing/appliance-child.ts';
import { fakeJob, fakeModels } from '../testing/test-appliance.ts';
import { until } from '../testing/until.ts';
import { createConnectionRoom } from './connection-room.ts';

/** An eighth of them is spare; while less than another eighth is free, requests are refused. */
const descriptorsMax = 256;

let appliance: ApplianceChild;
let jobId: string;
const sockets = new Set<Socket>();

const headers = () => ({ authorization: `Bearer ${appliance.apiKey}`, 'content-type': 'application/json' });
const call = (path: string, init: RequestInit = {}) =>
  fetch(`${appliance.origin}${path}`, { ...init, headers: headers() });
const used = () => readdirSync(`/proc/${appliance.pid}/fd`).length;

/** A connection that sends `text` and stays. */
function open(text: string): Socket {
  const socket = connect(Number(new URL(appliance.origin).port), '127.0.0.1');
  sockets.add(socket);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => sockets.delete(socket));
  return socket
    .resume()
    .setEncoding('utf8')
    .on('connect', () => socket.write(text));
}
function hangUp(): void {
  for (const socket of sockets) socket.destroy();
}
async function health(): Promise<{ status: string; reasons: string[] }> {
  return JSON.parse(await (await call('/api/v1/health')).text());
}
async function untilIs(look: () => Promise<unknown>, wanted: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if ((await look()) === wanted) return;
    await Bun.sleep(20);
  }
  throw new Error(`It did not become: ${wanted}.`);
}
const untilWell = () =>
  untilIs(
    () =>
      health().then(
        ({ status }) => status,
        // Nobody listens yet, or it hung up on a connection that had waited.
        ({ message }: Error) => message,
      ),
    'ok',
  );
/** A connection that is closed, or that nobody accepts, is no sign of it. */
const untilNobodyListens = () =>
  untilIs(
    () =>
      new Promise((resolve) => {
        open('')
          .once('connect', () => resolve('somebody listens'))
          .once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      }),
    'ECONNREFUSED',
  );
/** Watches the job, so often that requests are refused while somebody still listens. */
async function fill(): Promise<void> {
  const path = `/api/v1/media/jobs/events?jobId=${jobId}`;
  while (used() < descriptorsMax / 2 || (await health()).status === 'ok') {
    open(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${appliance.apiKey}\r\n\r\n`);
    // Slowly at the end, so that between two looks only some come.
    await Bun.sleep(used() < descriptorsMax / 2 ? 1 : 20);
  }
}

const dataFolder = mkdtempSync(join(tmpdir(), 'kt-descriptors-'));
const modelsFolder = fakeModels();
beforeAll(async () => {
  appliance = await startApplianceChild({
    dataFolder,
    modelsFolder,
    settings: {
      KT_JOBS_STREAMS_PER_ACCOUNT_MAX: '1000',
      KT_SHUTDOWN_GRACE_SECONDS: '0',
      KT_STORAGE_LOW_WATER_BYTES: '0',
    },
    launcher: ['sh', '-c', `ulimit -n ${descriptorsMax} && exec "$@"`, 'sh'],
  });
  const body = JSON.stringify(fakeJob({ ending: 'hang' }));
  const submitted = await (await call('/api/v1/media/jobs', { method: 'POST', body })).text();
  ({ jobId } = JSON.parse(submitted));
});
afterEach(hangUp);
afterAll(async () => {
  await appliance.kill();
  for (const folder of [dataFolder, modelsFolder]) rmSync(folder, { recursive: true });
});

describe('more connections than there are file descriptors for', () => {
  test('are told to come again, while the health says why', async () => {
    await fill();
    expect((await health()).reasons).toEqual(['Too many connections are open: requests are refused.']);
    const refused = await call(`/api/v1/media/jobs?jobId=${jobId}`);
    const names = ['retry-after', 'connection'];
    expect([refused.status, ...names.map((name) => refused.headers.get(name))]).toEqual([503, '10', 'close']);
    expect(await refused.json()).toMatchObject({ code: 'too_many_connections' });
    hangUp();
    await untilWell();
  });

  test('leave descriptors for files and runners, however many come at once', async () => {
    const before = used();
    for (let i = 0; i < 600; i++) open('');
    await untilNobodyListens();
    expect(used()).toBeGreaterThan(before);
    // The spare eighth, of which the appliance itself may have begun to use some.
    await until(() => descriptorsMax - used() >= (descriptorsMax / 8) * (3 / 4));
    hangUp();
    await untilWell();
  });

  test('are welcome again once there is room', async () => {
    const found = await (await call(`/api/v1/media/jobs?jobId=${jobId}`)).text();
    expect(JSON.parse(found)).toMatchObject({ status: 'running' });
  });

  test('do not keep it from ending in order', async () => {
    await fill();
    for (let i = 0; i < 600; i++) open('');
    await untilNobodyListens();
    await appliance.stop();
    expect(appliance.exitCode()).toBe(0);
  });

  test('that wait for their next request are closed for those that have one', async () => {
    let descriptors = 10;
    const room = createConnectionRoom({
      clock: () => 0,
      log: createLog({ level: 'warn', write: () => {}, now: () => 0 }),
      descriptors: { max: 100, used: () => descriptors },
    });
    const app = new Elysia().get('/', () => 'here').listen({ hostname: '127.0.0.1', port: 0 });
    room.watch(app);
    const idle = connect(app.server?.port ?? 0, '127.0.0.1');
    const closed = new Promise((resolve) => idle.once('close', resolve));
    idle.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => idle.once('data', resolve));
    descriptors = 90;
    await closed;
    room.end(app);
    await app.stop(true);
  });

  test('are logged once a minute and not once each', async () => {
    let now = 0;
    const lines: string[] = [];
    const room = createConnectionRoom({
      clock: () => now,
      log: createLog({ level: 'warn', write: (line) => lines.push(line), now: () => 0 }),
      descriptors: { max: 100, used: () => 90 },
    });
    const app = new Elysia().get('/', () => 'here').listen({ hostname: '127.0.0.1', port: 0 });
    room.watch(app);
    await until(() => lines.length === 1);
    now = 59_999;
    await Bun.sleep(300);
    expect(lines).toHaveLength(1);
    now = 60_000;
    await until(() => lines.length === 2);
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ descriptors: 90, max: 100 });
    room.end(app);
    await app.stop(true);
  });
});
