import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import {
  type Answer,
  fakeJob,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
  untilJob,
} from '../testing/test-appliance.ts';
import {
  isSignedWith,
  type ReceivedWebhook,
  startWebhookReceiver,
  type WebhookReceiver,
} from '../testing/webhook-receiver.ts';
import { until } from '../testing/until.ts';

const modelsFolder = fakeModels();
let trusted: WebhookReceiver;
let untrusted: WebhookReceiver;
let appliance: TestAppliance;
const environment = () => ({ KT_INPUTS_TRUSTED_ORIGINS: trusted.origin });

beforeAll(async () => {
  trusted = startWebhookReceiver();
  untrusted = startWebhookReceiver();
  appliance = await startTestAppliance({ modelsFolder, environment: environment() });
});
afterAll(async () => {
  await appliance.stop();
  await trusted[Symbol.asyncDispose]();
  await untrusted[Symbol.asyncDispose]();
});
beforeEach(() => {
  trusted.received.length = 0;
  trusted.answer = () => new Response(null, { status: 204 });
});

async function submit(webhookUrl: string, job: Parameters<typeof fakeJob>[0] = {}, at = appliance) {
  const body = { ...fakeJob(job), webhookUrl };
  const answer = await at.call('POST', '/api/v1/media/jobs', { body });
  expect(answer.status).toBe(202);
  return String(answer.body.jobId);
}

async function firstWebhook(): Promise<ReceivedWebhook & { json: Answer['body'] }> {
  await until(() => trusted.received.length > 0);
  const [webhook] = trusted.received;
  if (!webhook) throw new Error('Nothing arrived.');
  return { ...webhook, json: JSON.parse(webhook.body) };
}

/** The outbox of a job, from its own file: no route shows it. */
function deliveriesOf(jobId: string, dataFolder = appliance.dataFolder) {
  const database = new Database(join(dataFolder, 'appliance.sqlite'), { readonly: true });
  try {
    return database
      .prepare<[string], { attempts: number; last_error: string | null; delivered_at: number | null }>(
        'SELECT * FROM webhook_deliveries WHERE instr(body, ?) > 0',
      )
      .all(jobId);
  } finally {
    database.close();
  }
}

describe('the webhook of a job', () => {
  test('that succeeded brings the job as a poll shows it, signed with the secret of the account', async () => {
    const jobId = await submit(`${trusted.origin}/hook`);
    const webhook = await firstWebhook();
    expect(webhook.json.type).toBe('media.job.succeeded');
    expect(Number.isNaN(Date.parse(webhook.json.timestamp))).toBe(false);
    const polled = (await appliance.call('GET', `/api/v1/media/jobs?jobId=${jobId}`)).body;
    expect(webhook.json.data).toEqual(polled);
    const file = await appliance.app.handle(new Request(webhook.json.data.downloadableOutputUrls[0]));
    expect(await file.text()).toBe('{}');
    const { secret } = (await appliance.call('GET', '/api/v1/webhooks/signing-secret')).body;
    expect(secret).toMatch(/^whsec_/);
    expect(await isSignedWith(secret, webhook)).toBe(true);
    expect(await isSignedWith('whsec_bm90IGl0', webhook)).toBe(false);
    await until(() => deliveriesOf(jobId)[0]?.attempts === 1);
    expect(deliveriesOf(jobId)).toMatchObject([{ attempts: 1, last_error: null }]);
  });

  test('that failed says why, and that it was refunded', async () => {
    const jobId = await submit(`${trusted.origin}/hook`, { ending: 'invalid_input' });
    const { json } = await firstWebhook();
    expect(json).toMatchObject({
      type: 'media.job.failed',
      data: { jobId, status: 'failed', error: { code: 'invalid_input' }, billing: { refunded: true } },
    });
  });

  test('that was canceled says so, whether it waited or ran', async () => {
    const running = await submit(`${trusted.origin}/running`, { ending: 'hang' });
    await untilJob(appliance, running, ['running']);
    const waiting = await submit(`${trusted.origin}/waiting`);
    for (const jobId of [waiting, running])
      await appliance.call('DELETE', `/api/v1/media/jobs?jobId=${jobId}`);
    await until(() => trusted.received.length === 2);
    const byPath = new Map(trusted.received.map(({ path, body }) => [path, JSON.parse(body)]));
    expect(byPath.get('/waiting')).toMatchObject({ type: 'media.job.canceled', data: { jobId: waiting } });
    expect(byPath.get('/running')).toMatchObject({ type: 'media.job.canceled', data: { jobId: running } });
  });

  test("is signed with another secret on another account, and the key of one doesn't show the other's", async () => {
    const opened = await appliance.call('POST', '/api/v1/admin/accounts', {
      key: appliance.adminKey,
      body: { name: 'Other' },
    });
    const path = '/api/v1/webhooks/signing-secret';
    const other = (await appliance.call('GET', path, { key: opened.body.apiKey })).body.secret;
    expect(other).toMatch(/^whsec_/);
    expect(other).not.toBe((await appliance.call('GET', path)).body.secret);
    expect((await appliance.call('GET', path, { key: null })).status).toBe(401);
  });
});

describe('a webhook URL that leads inward', () => {
  test.each([
    ['this machine by address', () => untrusted.origin],
    ['this machine by name', () => untrusted.origin.replace('127.0.0.1', 'localhost')],
    ['this machine as one number', () => untrusted.origin.replace('127.0.0.1', '2130706433')],
    ['this machine in IPv6', () => untrusted.origin.replace('127.0.0.1', '[::ffff:127.0.0.1]')],
    ['a trusted host on another port', () => 'http://127.0.0.1:9'],
    ['the metadata service', () => 'http://169.254.169.254/latest/meta-data'],
    ['a private network', () => 'http://10.0.0.1'],
  ])('to %s is refused with the submit', async (_name, urlOf) => {
    const body = { ...fakeJob(), webhookUrl: `${urlOf()}/hook` };
    const answer = await appliance.call('POST', '/api/v1/media/jobs', { body });
    expect(answer.status).toBe(422);
    const [issue] = answer.body.details.issues;
    expect(issue.path).toBe('/webhookUrl');
    expect(issue.message).toMatch(/never fetches from|private network/);
    expect(untrusted.received).toEqual([]);
  });

  test('by way of a redirect is not followed', async () => {
    trusted.answer = () => Response.redirect(`${untrusted.origin}/hook`, 307);
    const jobId = await submit(`${trusted.origin}/hook`);
    await until(() => deliveriesOf(jobId)[0]?.attempts === 1);
    expect(deliveriesOf(jobId)[0]?.last_error).toBe('the receiver answered 307');
    expect(untrusted.received).toEqual([]);
  });
});

describe('a restart', () => {
  test('does not lose a webhook that could not be delivered', async () => {
    let now = Date.parse('2026-05-01T12:00:00Z');
    const clock = () => now;
    trusted.answer = () => new Response('down', { status: 503 });
    const options = { modelsFolder, environment: environment(), clock };
    const first = await startTestAppliance(options);
    const jobId = await submit(`${trusted.origin}/hook`, {}, first);
    await until(() => deliveriesOf(jobId, first.dataFolder)[0]?.attempts === 1);
    await first.stop();
    expect(deliveriesOf(jobId, first.dataFolder)).toMatchObject([{ attempts: 1, delivered_at: null }]);
    trusted.answer = () => new Response('ok');
    now += 60_000;
    const second = await startTestAppliance({ ...options, dataFolder: first.dataFolder });
    await until(() => trusted.received.length === 2);
    await second.stop();
    expect(deliveriesOf(jobId, first.dataFolder)).toMatchObject([{ attempts: 2, delivered_at: now }]);
    const ids = trusted.received.map(({ headers }) => headers.get('webhook-id'));
    expect(new Set(ids).size).toBe(1);
  });
});
