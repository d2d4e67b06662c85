import type { AuditLog } from '../audit/store.ts';
import type { Clock } from '../clock.ts';
import type { OpenDatabase } from '../db/open.ts';
import type { Writer } from '../db/writer.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from '../log.ts';
import type { OwnOrigin } from '../net/own-origin.ts';
import type { Settings } from '../settings/load-settings.ts';
import { createAuthenticator } from './authenticate.ts';
import { createBrowser } from './browser/create-browser.ts';
import { createCallers } from './callers.ts';
import { createClientAddress } from './client-address.ts';
import { createDeviceLinks } from './device-link/create-device-links.ts';
import { createEmailSignIn } from './email/create-email-sign-in.ts';
import { createGoogleSignIn } from './google/google-sign-in.ts';
import { createIdTokenVerifier } from './google/verify-id-token.ts';
import { createRateLimit } from './rate-limit.ts';
import { requireKey } from './require-key.ts';
import type { SignInParts } from './sign-in.ts';
import type { IdentityStore } from './store.ts';

interface IdentityOptions {
  settings: Settings;
  database: OpenDatabase;
  ownOrigin: OwnOrigin;
  store: IdentityStore;
  ledger: Ledger;
  audit: AuditLog;
  writer: Writer;
  log: Log;
  clock: Clock;
  steadyClock: Clock;
}

/** Who may do what: keys, sessions, and the ways to sign in. */
export type IdentityParts = Awaited<ReturnType<typeof createIdentity>>;

export async function createIdentity(options: IdentityOptions) {
  const { settings, ownOrigin, store, ledger, audit, writer, clock, steadyClock } = options;
  const authenticator = createAuthenticator({ store, writer, clock });
  const browserParts = await createBrowser(options);
  const callers = createCallers({ authenticator, sessions: browserParts.sessions });
  const verifier = createIdTokenVerifier({ settings: settings.google, clock });
  const clientAddress = createClientAddress(settings.http);
  const google = createGoogleSignIn({ verifier, clock: steadyClock, clientAddress });
  const { readsPerMinute, writesPerMinute } = settings.rateLimit;
  const perMinute = { read: readsPerMinute, write: writesPerMinute };
  const rateLimit = createRateLimit({ clock: steadyClock, perMinute });
  const { operatorEmails, allowedEmails, newAccountGrantUsd } = settings.signIn;
  const newAccountGrantMicros = Math.round(newAccountGrantUsd * 1e6);
  const rules = { operatorEmails, allowedEmails, newAccountGrantMicros };
  const signIn: SignInParts = { store, ledger, audit, rules };
  const email = await createEmailSignIn({ ...options, signIn });
  const deviceLinks = await createDeviceLinks(options);
  return {
    store,
    audit,
    writer,
    clock,
    authenticator,
    callers,
    clientAddress,
    rateLimit,
    requireKey: requireKey({ callers, rateLimit, google }),
    signIn,
    google,
    email,
    deviceLinks,
    ownOrigin,
    ...browserParts,
    signInOptions: {
      google: settings.google.clientIds.length > 0 ? { clientIds: settings.google.clientIds } : null,
      email: { mailed: settings.smtp.url !== '' },
    },
    /** Deletes what was for signing in and is over. Called inside `Writer.write`. @param now epoch milliseconds */
    deleteExpired(now: number) {
      browserParts.browserSessions.deleteExpired(now);
      email.deleteExpired(now);
      deviceLinks.deleteExpired(now);
    },
  };
}
