import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createLog } from '../../log.ts';
import { codeIn, type SmtpSink, startSmtpSink } from '../../testing/fakes/smtp-sink.ts';
import {
  type Answer,
  fakeModels,
  startTestAppliance,
  type TestAppliance,
} from '../../testing/test-appliance.ts';
import { until } from '../../testing/until.ts';

/** An appliance with a mail server that opens accounts for example.com only. */

const lines: string[] = [];
let now = Date.UTC(2026, 10, 24, 12);
let sink: SmtpSink;
let appliance: TestAppliance;
beforeAll(async () => {
  sink = await startSmtpSink();
  appliance = await startTestAppliance({
    modelsFolder: fakeModels(),
    clock: () => now,
    log: createLog({ level: 'debug', now: () => 0, write: (line) => lines.push(line) }),
    environment: {
      KT_SMTP_URL: sink.url,
      KT_SMTP_FROM: 'no-reply@example.com',
      KT_SIGN_IN_ALLOWED_EMAILS: '@example.com',
      KT_SIGN_IN_OPERATOR_EMAILS: 'boss@elsewhere.example',
    },
  });
});
afterAll(async () => {
  await appliance.stop();
  await sink[Symbol.asyncDispose]();
});

const post = (path: string, body: unknown) => appliance.call('POST', `/api/v1${path}`, { key: null, body });
const start = (email: string) => post('/auth/email/start', { email });
async function mailTo(email: string): Promise<string> {
  await until(() => sink.received.some(({ to }) => to.includes(email)));
  const mail = sink.received.findLast(({ to }) => to.includes(email));
  return mail ? codeIn(mail) : '';
}

/** What a client sees of an answer, without what differs between any two. */
function looksOf({ status, body, headers }: Answer): unknown {
  const { challengeId, ...rest } = body;
  const isId = /^eml_[0-9a-f]{32}$/.test(challengeId);
  return { status, isId, rest, headers: [...headers].filter(([name]) => !/request-id|date/.test(name)) };
}

describe('with a mail server', () => {
  test('a code comes by mail and signs in', async () => {
    const email = 'ada@example.com';
    expect((await start('Ada@Example.com')).body.delivery).toBe('mail');
    const { status, body } = await post('/auth/email/verify', { email, code: await mailTo(email) });
    expect([status, body.email]).toEqual([201, email]);
  });

  test('the answer is the same for who has an account, who may open one, the operator, and who may not', async () => {
    const [known, disabled] = ['known@example.com', 'disabled@example.com'];
    for (const email of [known, disabled]) {
      await start(email);
      const { body } = await post('/auth/email/verify', { email, code: await mailTo(email) });
      const disable = { key: appliance.adminKey, body: { accountId: body.accountId, reason: 'test' } };
      if (email === disabled) await appliance.call('POST', '/api/v1/admin/accounts/disable', disable);
    }
    now += 3_600_000;
    sink.received.length = 0;
    const addresses = ['new@example.com', known, disabled, 'boss@elsewhere.example', 'stranger@evil.example'];
    const looks = [];
    for (const email of addresses) looks.push(JSON.stringify(looksOf(await start(email))));
    expect(new Set(looks).size).toBe(1);
    await start('last@example.com');
    await mailTo('last@example.com');
    await until(() => sink.received.length === 5);
    const receivers = sink.received.flatMap(({ to }) => to);
    expect(receivers.toSorted()).toEqual([...addresses.slice(0, 4), 'last@example.com'].toSorted());
  });

  test('the answer does not wait for the mail server', async () => {
    const { promise: isFreed, resolve: free } = Promise.withResolvers<void>();
    sink.hold = () => isFreed;
    expect((await start('slow@example.com')).status).toBe(202);
    expect(sink.received.flatMap(({ to }) => to)).not.toContain('slow@example.com');
    free();
    await mailTo('slow@example.com');
  });

  test('a mail server that refuses changes nothing of the answer, and the log has no code', async () => {
    sink.refuse = () => ({ code: 550, text: 'no such user' });
    expect((await start('refused@example.com')).status).toBe(202);
    await until(() => lines.some((line) => line.includes('no such user')));
    sink.refuse = () => null;
    await start('logged@example.com');
    const code = await mailTo('logged@example.com');
    expect(code).toMatch(/^\d{6}$/);
    expect(lines.join('\n')).not.toContain(code);
    const { body } = await appliance.call('GET', '/api/v1/admin/sign-in-codes', { key: appliance.adminKey });
    expect(body).toEqual({ codes: [] });
  });

  test('a mail server that can not be used stops the start, and is named', async () => {
    const environment = { KT_SMTP_URL: 'smtp://mail.example.com' };
    await expect(startTestAppliance({ environment })).rejects.toThrow('smtp.from');
  });
});
