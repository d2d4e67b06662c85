import { SettingsError } from '../../settings/settings-error.ts';

/** A mail server to hand mails to. */
export interface SmtpServer {
  host: string;
  port: number;
  /** TLS from the first byte. */
  secure: boolean;
  /** Refuse to go on where the server offers no STARTTLS. */
  requireTLS: boolean;
  auth?: { user: string; pass: string };
  tls?: { rejectUnauthorized: boolean };
}

/** RFC 8314 and RFC 6409. */
const defaultPorts = { 'smtps:': 465, 'smtp:': 587 };

/**
 * Reads `smtp.url`. A password is never sent in the clear over a network: with one, `smtp:` wants STARTTLS. On this
 * machine itself TLS protects nothing, and certificates are homemade.
 * @throws SettingsError
 */
export function readSmtpServer({ url, from }: { url: string; from: string }): SmtpServer {
  const parsed = URL.parse(url);
  const protocol = parsed?.protocol === 'smtps:' ? 'smtps:' : 'smtp:';
  if (!parsed || parsed.hostname === '')
    throw new SettingsError(['smtp.url: expected a URL such as smtp://user:password@mail.example.com:587']);
  if (parsed.search !== '' || parsed.hash !== '' || parsed.pathname.length > 1)
    throw new SettingsError([
      'smtp.url: expected nothing after the port; write ?, # and / as %3F, %23 and %2F',
    ]);
  if (from === '') throw new SettingsError(['smtp.from: expected an e-mail address where smtp.url is set']);
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  const isHere = host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
  const secure = protocol === 'smtps:';
  return {
    host,
    port: parsed.port === '' ? defaultPorts[protocol] : Number(parsed.port),
    secure,
    requireTLS: !secure && parsed.username !== '' && !isHere,
    ...(parsed.username === ''
      ? {}
      : { auth: { user: decode(parsed.username), pass: decode(parsed.password) } }),
    ...(isHere ? { tls: { rejectUnauthorized: false } } : {}),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone % that nobody has escaped.
    return text;
  }
}
