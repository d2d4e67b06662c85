import type { Transporter } from 'nodemailer';
import { type Mail, MailNotSent } from './outbox.ts';
import { readSmtpServer } from './smtp-options.ts';

const connectMsMax = 10_000;
const silenceMsMax = 20_000;

/** What nodemailer calls a server that isn't there, hangs up or says nothing. */
const temporaryCodes = new Set(['ECONNECTION', 'ESOCKET', 'ETIMEDOUT', 'EDNS', 'ECONNREFUSED', 'ECONNRESET']);

/**
 * Hands mails to a mail server, a connection each.
 * @param settings.from as it stands in the mail, such as `Killa Tamata <no-reply@example.com>`
 * @throws SettingsError; what it returns throws MailNotSent
 */
export function createSmtpMailer(settings: { url: string; from: string }): (mail: Mail) => Promise<void> {
  const server = readSmtpServer(settings);
  const options = {
    ...server,
    connectionTimeout: connectMsMax,
    greetingTimeout: connectMsMax,
    dnsTimeout: connectMsMax,
    socketTimeout: silenceMsMax,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  let loaded: Promise<Transporter> | undefined;
  // With the first mail: most appliances send none, and those that do shall not start later for it.
  const load = () => import('nodemailer').then(({ createTransport }) => createTransport(options));
  return async ({ to, subject, text, html }) => {
    const transporter = await (loaded ??= load());
    try {
      await transporter.sendMail({
        from: settings.from,
        // An object: from text, nodemailer would read whatever else stands in it.
        to: { name: '', address: to },
        subject,
        text,
        html,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    } catch (error) {
      throw asMailNotSent(error);
    }
  };
}

function asMailNotSent(error: unknown): MailNotSent {
  const message = error instanceof Error ? error.message : String(error);
  const { code, responseCode } = fieldsOf(error);
  const isTemporary =
    responseCode === undefined ? temporaryCodes.has(code ?? '') : responseCode >= 400 && responseCode < 500;
  return new MailNotSent(`The mail server did not take it: ${message}`, isTemporary, error);
}

function fieldsOf(error: unknown): { code?: string; responseCode?: number } {
  if (!(error instanceof Error)) return {};
  return {
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...('responseCode' in error && typeof error.responseCode === 'number'
      ? { responseCode: error.responseCode }
      : {}),
  };
}
