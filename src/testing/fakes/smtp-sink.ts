import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A mail as it arrived. */
export interface ReceivedMail {
  /** Of the envelope. */
  from: string;
  to: string[];
  /** Headers and body as they were sent. */
  raw: string;
  /** Whether it came over TLS. */
  isSecure: boolean;
  /** Who had signed in to send it. */
  user: string | null;
}

/** A real mail server on loopback that keeps what it gets and passes nothing on. */
export interface SmtpSink extends AsyncDisposable {
  port: number;
  /** `smtp://127.0.0.1:…` */
  url: string;
  received: ReceivedMail[];
  /** What it does with a recipient: null takes it, a code and text refuse it. */
  refuse: (address: string) => { code: number; text: string } | null;
  /** Awaited before a mail is taken. */
  hold: () => Promise<void>;
}

/**
 * @param options.port a fixed one; default: any that is free
 * @param options.password when given, only a user with it may send
 * @param options.hasStartTls default: true, with a homemade certificate
 * @param options.onMail told of each mail
 */
export async function startSmtpSink(
  options: {
    port?: number;
    password?: string;
    hasStartTls?: boolean;
    onMail?: (mail: ReceivedMail) => void;
  } = {},
): Promise<SmtpSink> {
  const { port = 0, password, hasStartTls = true, onMail } = options;
  const refusal = ({ code, text }: { code: number; text: string }) =>
    Object.assign(new Error(text), { responseCode: code });
  const rules: SMTPServerOptions = {
    logger: false,
    authOptional: password === undefined,
    allowInsecureAuth: true,
    disabledCommands: hasStartTls ? [] : ['STARTTLS'],
    onAuth: ({ username, password: given }, _session, answer) =>
      given === password ? answer(null, { user: username }) : answer(refusal({ code: 535, text: 'no' })),
    onRcptTo({ address }, _session, answer) {
      const refused = sink.refuse(address);
      answer(refused && refusal(refused));
    },
    onData(stream, { envelope, secure, user }, answer) {
      const keep = async () => {
        const raw = await new Response(stream).text();
        await sink.hold();
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        const mail = { from, to, raw, isSecure: secure, user: typeof user === 'string' ? user : null };
        sink.received.push(mail);
        onMail?.(mail);
      };
      keep().then(() => answer(null), answer);
    },
  };
  const server = new SMTPServer(rules);
  // A client that hangs up is no reason to end.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.server.address() as AddressInfo;
  const sink: SmtpSink = {
    port: address.port,
    url: `smtp://127.0.0.1:${address.port}`,
    received: [],
    refuse: () => null,
    hold: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return sink;
}

/** The six digits in a mail's text. */
export function codeIn({ raw }: ReceivedMail): string {
  return /^ {4}(\d{6})\r?$/m.exec(raw)?.[1] ?? '';
}
