import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeDatabase, openDatabase, type OpenDatabase } from '../db/open.ts';
import { createWriter, type Writer } from '../db/writer.ts';
import { silentLog } from '../log.ts';
import { createGuardedFetch } from '../net/guarded-fetch.ts';
import { isSignedWith, startWebhookReceiver, type WebhookReceiver } from '../testing/webhook-receiver.ts';
import { until } from '../testing/until.ts';
import { createWebhookSender, type WebhookSender } from './deliver.ts';
import { createWebhookStore } from './store.ts';
import type { WebhookDelivery } from './tables.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const accountId = 'acct_1';
const otherAccountId = 'acct_2';
const body = JSON.stringify({ type: 'media.job.succeeded', data: { text: 'ü' } });
const startedAt = 1_700_000_000_000;

let database: OpenDatabase;
let writer: Writer;
let receiver: WebhookReceiver;
let sender: WebhookSender;
let now: number;

beforeEach(() => {
  now = startedAt;
  database = openDatabase(join(mkdtempSync(join(tmpdir(), 'kt-webhooks-')), 'appliance.sqlite'));
  writer = createWriter(database);
  const account = database.connection.prepare(
    "INSERT INTO accounts (id, name, role, webhook_secret, created_at) VALUES (?, 'A', 'user', ?, 0)",
  );
  for (const id of [accountId, otherAccountId]) account.run(id, secret);
  receiver = startWebhookReceiver();
  sender = createSender();
});
afterEach(async () => {
  await sender.stop();
  await receiver[Symbol.asyncDispose]();
  closeDatabase(database);
});

function createSender({ trustedOrigins = [receiver.origin], timeoutSeconds = 10 } = {}): WebhookSender {
  const guardedFetch = createGuardedFetch({ allowPrivateNetworks: false, trustedOrigins });
  return createWebhookSender({
    ...{ store: createWebhookStore(database.db), writer, clock: () => now, log: silentLog, retryHours: 24 },
    secretOf: () => secret,
    post: async (url, request) => (await guardedFetch.post(url, { ...request, timeoutSeconds })).status,
  });
}

async function send(url = `${receiver.origin}/hook`): Promise<void> {
  await writer.write(() => sender.enqueue({ accountId, url, body }));
  sender.wake();
}

const deliveries = () =>
  database.connection
    .prepare<[], Record<string, unknown>>('SELECT * FROM webhook_deliveries ORDER BY created_at')
    .all();
function onlyDelivery() {
  const [row, ...others] = deliveries();
  expect(others).toEqual([]);
  return {
    attempts: Number(row?.attempts),
    nextAttemptAt: row?.next_attempt_at as WebhookDelivery['nextAttemptAt'],
    deliveredAt: row?.delivered_at as WebhookDelivery['deliveredAt'],
    abandonedAt: row?.abandoned_at as WebhookDelivery['abandonedAt'],
    lastError: row?.last_error as WebhookDelivery['lastError'],
  };
}
const attempted = (times: number) => until(() => onlyDelivery().attempts === times);

describe('a delivery that is taken', () => {
  test('arrives once, with its body and a signature that verifies', async () => {
    await send();
    await attempted(1);
    expect(onlyDelivery()).toEqual({
      ...{ attempts: 1, nextAttemptAt: null, deliveredAt: now, abandonedAt: null, lastError: null },
    });
    now += 3_600_000;
    sender.wake();
    await sender.stop();
    expect(receiver.received).toHaveLength(1);
    const [webhook] = receiver.received;
    if (!webhook) throw new Error('Nothing arrived.');
    expect(webhook).toMatchObject({ path: '/hook', body });
    expect(webhook.headers.get('content-type')).toBe('application/json');
    expect(webhook.headers.get('webhook-timestamp')).toBe(String(startedAt / 1000));
    expect(await isSignedWith(secret, webhook)).toBe(true);
    expect(await isSignedWith(secret, { ...webhook, body: `${body} ` })).toBe(false);
  });

  test('is not alone: fifty of them arrive in one go, each under an id of its own', async () => {
    await writer.write(() => {
      for (let i = 0; i < 50; i++) sender.enqueue({ accountId, url: `${receiver.origin}/${i}`, body });
    });
    sender.wake();
    await until(() => receiver.received.length === 50);
    expect(new Set(receiver.received.map(({ headers }) => headers.get('webhook-id'))).size).toBe(50);
    expect(new Set(receiver.received.map(({ path }) => path)).size).toBe(50);
  });
});

describe('a delivery that fails', () => {
  test.each([
    ['answers 500', () => new Response('no', { status: 500 }), 'the receiver answered 500'],
    ['answers 404', () => new Response('no', { status: 404 }), 'the receiver answered 404'],
    ['redirects', () => Response.redirect('http://127.0.0.1:1/', 307), 'the receiver answered 307'],
  ])('is tried again when the receiver %s', async (_name, answer, lastError) => {
    receiver.answer = answer;
    await send();
    await attempted(1);
    expect(onlyDelivery()).toMatchObject({ lastError, deliveredAt: null, nextAttemptAt: now + 5000 });
    receiver.answer = () => new Response('ok');
    now += 5000;
    sender.wake();
    await attempted(2);
    expect(onlyDelivery()).toMatchObject({ lastError: null, deliveredAt: now, nextAttemptAt: null });
    const [first, second] = receiver.received;
    if (!first || !second) throw new Error('Too little arrived.');
    expect(second.headers.get('webhook-id')).toBe(first.headers.get('webhook-id'));
    expect(second.headers.get('webhook-timestamp')).toBe(String(now / 1000));
    expect(await isSignedWith(secret, second)).toBe(true);
  });

  test('is tried again when the receiver says nothing in time', async () => {
    receiver.answer = () => new Promise(() => {});
    await sender.stop();
    sender = createSender({ timeoutSeconds: 0.2 });
    await send();
    await attempted(1);
    expect(onlyDelivery()).toMatchObject({ deliveredAt: null, nextAttemptAt: now + 5000 });
    expect(onlyDelivery().lastError).toContain('longer than 0.2 seconds');
  });

  test('is tried again when nobody listens', async () => {
    await receiver[Symbol.asyncDispose]();
    await send();
    await attempted(1);
    expect(onlyDelivery()).toMatchObject({
      ...{ deliveredAt: null, nextAttemptAt: now + 5000, lastError: "The URL's server can't be reached." },
    });
  });

  test('is not counted when the appliance stops meanwhile, which waits for no receiver', async () => {
    receiver.answer = () => new Promise(() => {});
    await send();
    await until(() => receiver.received.length === 1);
    await sender.stop();
    expect(onlyDelivery()).toMatchObject({ attempts: 0, nextAttemptAt: now, lastError: null });
  });

  test('is not tried before its time', async () => {
    receiver.answer = () => new Response('no', { status: 500 });
    await send();
    await attempted(1);
    now += 4999;
    sender.wake();
    await sender.stop();
    expect(receiver.received).toHaveLength(1);
  });

  test('waits longer and longer, and is given up after 24 hours', async () => {
    receiver.answer = () => new Response('no', { status: 503 });
    await send();
    const pausesSeconds: number[] = [];
    for (let attempts = 1; ; attempts++) {
      await attempted(attempts);
      const { nextAttemptAt } = onlyDelivery();
      if (nextAttemptAt === null) break;
      pausesSeconds.push((nextAttemptAt - now) / 1000);
      now = nextAttemptAt;
      sender.wake();
    }
    expect(pausesSeconds.slice(0, 7)).toEqual([5, 30, 120, 600, 1800, 3600, 7200]);
    expect(pausesSeconds).toEqual(pausesSeconds.toSorted((a, b) => a - b));
    const hours = (now - startedAt) / 3_600_000;
    expect(hours).toBeGreaterThan(22);
    expect(hours).toBeLessThanOrEqual(24);
    expect(onlyDelivery()).toMatchObject({ abandonedAt: now, deliveredAt: null });
    now += 7 * 24 * 3_600_000;
    sender.wake();
    await sender.stop();
    expect(receiver.received).toHaveLength(pausesSeconds.length + 1);
  });

  test('holds up its own account alone, however many there are', async () => {
    const { promise: isFreed, resolve: free } = Promise.withResolvers<void>();
    receiver.answer = ({ path }) =>
      (path === '/hangs' ? isFreed : Promise.resolve()).then(() => new Response('ok'));
    const url = (path: string) => `${receiver.origin}/${path}`;
    await writer.write(() => {
      for (let i = 0; i < 40; i++) sender.enqueue({ accountId, url: url('hangs'), body });
      for (let i = 0; i < 5; i++) sender.enqueue({ accountId: otherAccountId, url: url('good'), body });
    });
    sender.wake();
    await until(() => deliveries().filter((row) => row.delivered_at !== null).length === 5);
    expect(receiver.received.filter(({ path }) => path === '/hangs').length).toBeLessThanOrEqual(4);
    free();
    await until(() => deliveries().every((row) => row.delivered_at !== null));
    expect(receiver.received).toHaveLength(45);
  });
});

describe('the outbox', () => {
  test('is sent by the next process where the last one could not', async () => {
    receiver.answer = () => new Response('no', { status: 500 });
    await send();
    await attempted(1);
    await sender.stop();
    receiver.answer = () => new Response('ok');
    now += 60_000;
    sender = createSender();
    sender.wake();
    await attempted(2);
    expect(onlyDelivery().deliveredAt).toBe(now);
  });

  test('sends nothing of a transaction that was rolled back', async () => {
    const writing = writer.write(() => {
      sender.enqueue({ accountId, url: `${receiver.origin}/hook`, body });
      throw new Error('The refund failed.');
    });
    await expect(writing).rejects.toThrow('The refund failed.');
    sender.wake();
    await sender.stop();
    expect(deliveries()).toEqual([]);
    expect(receiver.received).toEqual([]);
  });

  test('a message that is put in while a round is under way goes out too', async () => {
    receiver.answer = async () => {
      await Bun.sleep(30);
      return new Response('ok');
    };
    await send();
    await until(() => receiver.received.length === 1);
    await send();
    await until(() => deliveries().every((row) => row.delivered_at !== null));
    expect(receiver.received).toHaveLength(2);
  });

  test('a stopped sender begins nothing new', async () => {
    await sender.stop();
    await send();
    expect(onlyDelivery().attempts).toBe(0);
    expect(receiver.received).toEqual([]);
  });

  test('keeps settled deliveries for 30 days and open ones for as long as they are', async () => {
    await send();
    await attempted(1);
    receiver.answer = () => new Response('no', { status: 500 });
    await send();
    await until(() => deliveries().filter((row) => row.attempts === 1).length === 2);
    now += 30 * 24 * 3_600_000;
    await writer.write(() => sender.forgetOld(now));
    expect(deliveries()).toHaveLength(2);
    now += 1;
    await writer.write(() => sender.forgetOld(now));
    expect(deliveries().map((row) => row.delivered_at)).toEqual([null]);
  });
});

describe('where a delivery may not go', () => {
  test('a receiver on this machine that nobody trusts is never called', async () => {
    await sender.stop();
    sender = createSender({ trustedOrigins: [] });
    await send();
    await attempted(1);
    expect(onlyDelivery().lastError).toContain('never fetches from');
    expect(receiver.received).toEqual([]);
  });
});
