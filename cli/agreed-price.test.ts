import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { fakeJob, fakeModels } from '../src/testing/test-appliance.ts';
import { type ListeningAppliance, startListening, untilSaid } from './test-terminal.ts';

/** What is spent is what was agreed to, whatever the price was when somebody was asked. */

const priceMicros = 20_972;
const prompt = String(Object(fakeJob()['input'])['prompt']);

let paid: ListeningAppliance;
let free: ListeningAppliance;
beforeAll(async () => {
  [paid, free] = await Promise.all([
    startListening({ modelsFolder: fakeModels(), environment: { KT_PRICING_DRAFT_MULTIPLIER: '1' } }),
    startListening({ modelsFolder: fakeModels() }),
  ]);
});
afterAll(() => Promise.all([paid, free].map((appliance) => appliance.end())));

const balance = async () => (await paid.call('GET', '/api/v1/balance')).body.balanceMicros;

/** Hands everything on, and answers by `change` what the appliance answered. */
function between(
  appliance: ListeningAppliance,
  change: (response: Response) => Response | Promise<Response>,
) {
  const asked: string[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      asked.push(`${request.method} ${pathname}`);
      const { method, headers } = request;
      const body = method === 'POST' ? { body: await request.blob() } : {};
      return change(await fetch(`${appliance.origin}${pathname}${search}`, { method, headers, ...body }));
    },
  });
  return { asked, origin: server.url.origin, [Symbol.asyncDispose]: () => server.stop(true) };
}

test('a price that rose while the person was asked is asked about again', async () => {
  let isFirst = true;
  await using proxy = between(paid, async (response) => {
    if (response.status !== 409 || !isFirst) return response;
    isFirst = false;
    // As it was a moment ago.
    const text = (await response.text()).replaceAll(String(priceMicros), '10000');
    return Response.json(JSON.parse(text.replaceAll('0.020972', '0.01')), { status: 409 });
  });
  const user = paid.user({ KILLATAMATA_URL: proxy.origin });
  const before = await balance();
  const started = user.start(['run', 'image.generate', '--prompt', prompt], { hasTerminal: true });
  await untilSaid(started, 'Spend $0.01?');
  started.type('y\r');
  await untilSaid(started, 'Spend $0.020972?');
  expect(await balance()).toBe(before);
  started.type('y\r');
  expect((await started.ended).exitCode).toBe(0);
  expect(await balance()).toBe(before - priceMicros);
});

test('files are sent once where nothing is to be agreed to', async () => {
  await using proxy = between(free, (response) => response);
  const user = free.user({ KILLATAMATA_URL: proxy.origin });
  const blank = { width: 64, height: 64, channels: 3, background: '#fff' } as const;
  await sharp({ create: blank }).png().toFile(join(user.folder, 'photo.png'));
  const args = ['run', 'image.edit', '--prompt', prompt, 'sourceImage=@photo.png', '--no-wait'];
  expect((await user.run(args)).exitCode).toBe(0);
  expect(proxy.asked.filter((request) => request.startsWith('POST'))).toEqual(['POST /api/v1/media/jobs']);
});

test('what was left of a run by a full disk or a crash is no run', async () => {
  const user = paid.user();
  const args = ['run', 'image.generate', '--prompt', prompt];
  // Somebody was asked, and the program died.
  const asked = user.start(args, { hasTerminal: true });
  await untilSaid(asked, '[y/N]');
  asked.signal('SIGKILL');
  await asked.ended;
  const runs = join(user.home, '.local/state/killatamata/runs');
  for (const name of readdirSync(runs)) writeFileSync(join(runs, name), '');
  const { exitCode, stderr } = await user.run([...args, '--yes']);
  expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('begun before')]);
  expect(readdirSync(runs)).toEqual([]);
});

test('--yes takes up a run that died while somebody was asked, and asks no more', async () => {
  const user = paid.user();
  const args = ['run', 'image.generate', '--prompt', prompt];
  const asked = user.start(args, { hasTerminal: true });
  await untilSaid(asked, '[y/N]');
  asked.signal('SIGKILL');
  await asked.ended;
  const before = await balance();
  const { exitCode, stderr } = await user.run([...args, '--yes']);
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('begun before')]);
  expect(await balance()).toBe(before - priceMicros);
});
