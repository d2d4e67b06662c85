import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { createLog } from '../../log.ts';
import { SettingsError } from '../../settings/settings-error.ts';
import { codeIn, type SmtpSink, startSmtpSink } from '../../testing/fakes/smtp-sink.ts';
import { until } from '../../testing/until.ts';
import { codeMail } from './code-mail.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createSmtpMailer } from './smtp-mailer.ts';
import { readSmtpServer } from './smtp-options.ts';

const from = 'Killa Tamata <no-reply@example.com>';
const mail = (to = 'ada@example.com', id = 'eml_1') => ({ id, to, ...codeMail({ code: '042137' }) });

let sink: SmtpSink;
let outbox: Outbox | undefined;
let lines: string[];
beforeEach(async () => {
  sink = await startSmtpSink();
  lines = [];
});
afterEach(async () => {
  await outbox?.stop();
  await sink[Symbol.asyncDispose]();
});

function startOutbox(url = sink.url): Outbox {
  const log = createLog({ level: 'debug', now: () => 0, write: (line) => lines.push(line) });
  outbox = createOutbox({ deliver: createSmtpMailer({ url, from }), log, pausesMs: [1, 1] });
  return outbox;
}
const isGivenUp = () => lines.some((line) => JSON.parse(line).isGivenUp === true);

describe('a mail', () => {
  test('has the code in its text and in its page, and not in its subject', async () => {
    await createSmtpMailer({ url: sink.url, from })(mail());
    const [received] = sink.received;
    if (!received) throw new Error('Nothing arrived.');
    expect(received).toMatchObject({ from: 'no-reply@example.com', to: ['ada@example.com'] });
    expect(codeIn(received)).toBe('042137');
    expect(received.raw.match(/042137/g)).toHaveLength(2);
    const headers = received.raw.slice(0, received.raw.indexOf('\r\n\r\n'));
    expect(headers).toContain('Subject: Your sign-in code\r\n');
    expect(headers).toContain('Auto-Submitted: auto-generated\r\n');
    expect(headers).toContain('From: Killa Tamata <no-reply@example.com>\r\n');
    expect(headers).not.toContain('042137');
  });

  test('goes to one address, even if one with a second header came this far', async () => {
    const sent = createSmtpMailer({ url: sink.url, from })(mail('ada@example.com\r\nBcc: evil@example.net'));
    await sent.catch(() => {});
    expect(sink.received.flatMap(({ to }) => to)).not.toContain('evil@example.net');
    expect(sink.received.some(({ raw }) => /^Bcc:/m.test(raw))).toBe(false);
  });

  test('goes with a user name and a password, over TLS where the server offers it', async () => {
    await using guarded = await startSmtpSink({ password: 'p@ss/word%' });
    const url = (password: string) => `smtp://user:${encodeURIComponent(password)}@127.0.0.1:${guarded.port}`;
    await createSmtpMailer({ url: url('p@ss/word%'), from })(mail());
    expect(guarded.received).toMatchObject([{ user: 'user', isSecure: true }]);
    const refused = createSmtpMailer({ url: url('wrong'), from })(mail());
    await expect(refused).rejects.toMatchObject({ name: 'MailNotSent', isTemporary: false });
  });

  test('that the server refuses is told from one that may be taken later', async () => {
    const send = createSmtpMailer({ url: sink.url, from });
    sink.refuse = () => ({ code: 550, text: 'no such user' });
    await expect(send(mail())).rejects.toMatchObject({ name: 'MailNotSent', isTemporary: false });
    sink.refuse = () => ({ code: 450, text: 'greylisted' });
    await expect(send(mail())).rejects.toMatchObject({ isTemporary: true });
    const { url } = sink;
    await sink[Symbol.asyncDispose]();
    await expect(createSmtpMailer({ url, from })(mail())).rejects.toMatchObject({ isTemporary: true });
    sink = await startSmtpSink();
  });
});

describe('the outbox', () => {
  test('tries again what may be taken later', async () => {
    let refusals = 2;
    sink.refuse = () => (refusals-- > 0 ? { code: 450, text: 'later' } : null);
    startOutbox().send(mail());
    await until(() => sink.received.length === 1);
    expect(lines.length).toBe(2);
    expect(isGivenUp()).toBe(false);
  });

  test('gives up what is refused, at once or in the end, and says so without the code', async () => {
    let asked = 0;
    const refuse = (code: number) => {
      asked = 0;
      sink.refuse = () => {
        asked++;
        return { code, text: 'no' };
      };
    };
    for (const [code, attempts] of [
      [550, 1],
      [451, 3],
    ] as const) {
      refuse(code);
      lines = [];
      startOutbox().send(mail());
      await until(isGivenUp);
      expect([code, asked]).toEqual([code, attempts]);
      expect(lines.join('\n')).toContain('eml_1');
      expect(lines.join('\n')).not.toContain('042137');
    }
  });

  test('gives up a server that is not there, and goes on with the next mail', async () => {
    const { url, port } = sink;
    await sink[Symbol.asyncDispose]();
    startOutbox(url).send(mail());
    await until(isGivenUp);
    sink = await startSmtpSink({ port });
    outbox?.send(mail('bob@example.com'));
    await until(() => sink.received.length === 1);
    expect(sink.received[0]?.to).toEqual(['bob@example.com']);
  });

  test('sends three at once and the rest after them, however slow the server is', async () => {
    const { promise: isFreed, resolve: free } = Promise.withResolvers<void>();
    let held = 0;
    sink.hold = () => {
      held++;
      return isFreed;
    };
    const started = startOutbox();
    for (let i = 0; i < 10; i++) started.send(mail(`person${i}@example.com`));
    await until(() => held === 3);
    await Bun.sleep(20);
    expect(held).toBe(3);
    free();
    await until(() => sink.received.length === 10);
    expect(new Set(sink.received.flatMap(({ to }) => to)).size).toBe(10);
  });

  test('sends nothing after it was stopped, and lets what is under way arrive', async () => {
    const { promise: isFreed, resolve: free } = Promise.withResolvers<void>();
    sink.hold = () => isFreed;
    const started = startOutbox();
    for (let i = 0; i < 4; i++) started.send(mail(`person${i}@example.com`));
    const stopped = started.stop();
    started.send(mail('late@example.com'));
    free();
    await stopped;
    expect(sink.received.length).toBe(3);
    expect(lines.filter((line) => line.includes('stops'))).toHaveLength(2);
  });
});

describe('the settings', () => {
  test('ask for TLS wherever a password would cross a network', () => {
    const read = (url: string) => readSmtpServer({ url, from });
    expect(read('smtp://user:pw@mail.example.com')).toMatchObject({
      port: 587,
      secure: false,
      requireTLS: true,
    });
    expect(read('smtps://user:pw@mail.example.com')).toMatchObject({
      port: 465,
      secure: true,
      requireTLS: false,
    });
    expect(read('smtp://mail.example.com:25')).toMatchObject({ port: 25, requireTLS: false });
    expect(read('smtp://user:pw@localhost:1025')).toMatchObject({ requireTLS: false });
    expect(read('smtp://user:pw@127.0.0.1.example.com').requireTLS).toBe(true);
    expect(read('smtp://mail.example.com').tls).toBeUndefined();
    expect(read('smtp://a%40b:p%25%2F@[::1]:25')).toMatchObject({
      host: '::1',
      auth: { user: 'a@b', pass: 'p%/' },
    });
  });

  test.each([
    ['smtp://', from],
    ['smtp://mail.example.com:99999', from],
    ['smtp://user:p#ss@mail.example.com', from],
    ['smtp://mail.example.com?requireTLS=true', from],
    ['smtp://mail.example.com', ''],
  ])('that can not be used stop the start: %s from %s', (url, sender) => {
    expect(() => createSmtpMailer({ url, from: sender })).toThrow(SettingsError);
  });
});
