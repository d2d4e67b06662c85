import type { AuditLog } from '../audit/store.ts';
import type { Clock } from '../clock.ts';
import type { Writer } from '../db/writer.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Settings } from '../settings/load-settings.ts';
import { createAuthenticator } from './authenticate.ts';
import { createCallers, type SessionCallers } from './callers.ts';
import { createRateLimit } from './rate-limit.ts';
import { requireKey } from './require-key.ts';
import type { SignInParts } from './sign-in.ts';
import type { IdentityStore } from './store.ts';

interface IdentityOptions {
  settings: Settings;
  store: IdentityStore;
  ledger: Ledger;
  audit: AuditLog;
  writer: Writer;
  clock: Clock;
  steadyClock: Clock;
}

/** Who may do what: keys, sessions, and the ways to sign in. */
export type IdentityParts = ReturnType<typeof createIdentity>;

export function createIdentity(options: IdentityOptions) {
  const { settings, store, ledger, audit, writer, clock, steadyClock } = options;
  const authenticator = createAuthenticator({ store, writer, clock });
  const sessions: SessionCallers = { callerOf: () => null };
  const callers = createCallers({ authenticator, sessions });
  const { readsPerMinute, writesPerMinute } = settings.rateLimit;
  const perMinute = { read: readsPerMinute, write: writesPerMinute };
  const rateLimit = createRateLimit({ clock: steadyClock, perMinute });
  const { operatorEmails, allowedEmails, newAccountGrantUsd } = settings.signIn;
  const newAccountGrantMicros = Math.round(newAccountGrantUsd * 1e6);
  const rules = { operatorEmails, allowedEmails, newAccountGrantMicros };
  const signIn: SignInParts = { store, ledger, audit, rules };
  return {
    store,
    audit,
    writer,
    clock,
    authenticator,
    callers,
    requireKey: requireKey({ callers, rateLimit }),
    signIn,
  };
}
