import type { Clock } from '../../clock.ts';
import type { OpenDatabase } from '../../db/open.ts';
import type { Writer } from '../../db/writer.ts';
import type { Log } from '../../log.ts';
import type { Settings } from '../../settings/load-settings.ts';
import { loadSecret } from '../../storage/secret.ts';
import type { SignInParts } from '../sign-in.ts';
import { createCodeDelivery } from './code-delivery.ts';
import { createEmailLimits } from './email-limits.ts';
import { createCodeHash } from './one-time-code.ts';
import { createOperatorCodes } from './operator-codes.ts';
import { createOutbox } from './outbox.ts';
import { createSmtpMailer } from './smtp-mailer.ts';
import { createEmailCodeStore } from './store.ts';

/** Sign-in with codes sent by mail. */
export type EmailSignIn = Awaited<ReturnType<typeof createEmailSignIn>>;

/**
 * On the secret of the data folder that the codes are hashed with; made where it is missing.
 * @throws SettingsError the mail server's settings can't be used
 */
export async function createEmailSignIn(options: {
  settings: Settings;
  database: OpenDatabase;
  writer: Writer;
  log: Log;
  clock: Clock;
  steadyClock: Clock;
  signIn: SignInParts;
}) {
  const { settings, database, writer, log, clock, steadyClock, signIn } = options;
  const secret = await loadSecret(settings.dataFolder, 'sign-in-codes');
  const store = createEmailCodeStore(database);
  const operatorCodes = createOperatorCodes({ store, clock, log });
  const isMailConfigured = settings.smtp.url !== '';
  const outbox = isMailConfigured ? createOutbox({ deliver: createSmtpMailer(settings.smtp), log }) : null;
  return {
    store,
    writer,
    clock,
    signIn,
    operatorCodes,
    limits: createEmailLimits(steadyClock),
    hashOf: createCodeHash(secret),
    delivery: createCodeDelivery({ outbox, operatorCodes, signIn, log }),
    /** Called inside `Writer.write`. @param now epoch milliseconds */
    deleteExpired: (now: number) => void store.deleteExpired(now),
    stop: async () => outbox?.stop(),
  };
}
