import type { AuditLog } from '../audit/store.ts';
import { ApplianceError, Forbidden } from '../errors.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { openAccount } from './accounts.ts';
import type { IdentityStore } from './store.ts';
import type { Account } from './tables.ts';

/** Somebody who has proved to be who they say, however that was. */
export interface ProvenIdentity {
  /** Who vouches: an OpenID issuer's URL, or `email` for who reads the mail of an address. */
  issuer: string;
  /** The issuer's own id of them: `sub`, or the address in lower case. */
  subject: string;
  /** In lower case. */
  email: string;
  /**
   * Whether this shows that the address is theirs today, so that what was done under the address alone is theirs too.
   * Google is authoritative for gmail.com and for Workspace domains only.
   */
  ownsEmail: boolean;
  name: string;
}

/** Names somebody before it is known which account is theirs; no account's id looks like it. */
export function nameOfIdentity({ issuer, subject }: ProvenIdentity): string {
  return `${issuer} ${subject}`;
}

export interface SignInRules {
  operatorEmails: readonly string[];
  /** Addresses, and domains with their `@`; empty: everybody. */
  allowedEmails: readonly string[];
  newAccountGrantMicros: number;
}

export interface SignInParts {
  store: IdentityStore;
  ledger: Ledger;
  audit: AuditLog;
  rules: SignInRules;
}

/** The issuer of identities that a one-time code to an address proves. */
export const emailIssuer = 'email';

/** 403: this person may not open an account here. */
export class SignUpClosed extends ApplianceError {
  constructor() {
    super({
      code: 'sign_up_closed',
      status: 403,
      message: 'This appliance opens no account for you; ask its operator.',
    });
  }
}

/**
 * The account of a proven identity: the one it signed in to before, the one of its e-mail address where that is surely
 * theirs, the operator's where the operator's settings say so, or a new one. Called inside `Writer.write`.
 * @throws SignUpClosed; Forbidden where the account is disabled
 */
export function signIn(parts: SignInParts, identity: ProvenIdentity, now: number): Account {
  const { store, audit } = parts;
  const { issuer, subject, email } = identity;
  const known = store.identity(issuer, subject);
  const account =
    (known && store.account(known.accountId)) ??
    accountByEmail(parts, identity) ??
    open(parts, identity, now);
  if (account.disabledAt !== null) throw new Forbidden('This account is disabled.');
  if (!known) store.insertIdentity({ issuer, subject, accountId: account.id, email, createdAt: now });
  if (account.email !== email) store.updateAccount(account.id, { email });
  const actor = { accountId: account.id, keyId: null };
  audit.record({ actor, action: 'account.sign_in', subject: account.id, details: { issuer, email } });
  return { ...account, email };
}

function accountByEmail({ store, rules }: SignInParts, identity: ProvenIdentity): Account | undefined {
  if (!identity.ownsEmail) return undefined;
  if (isOperator(rules, identity.email)) return store.firstAdmin();
  const byEmail = store.identity(emailIssuer, identity.email);
  if (byEmail) return store.account(byEmail.accountId);
  // Another user of Google's with the same address is another person.
  return identity.issuer === emailIssuer ? accountOfMailbox(store, identity.email) : undefined;
}

/** Google gives an address of these to nobody else, ever; a company gives its own to the next in office. */
const lastingAddress = /@(gmail|googlemail)\.com$/;

/** The one account that was signed in to under an address which is for good whose it was then. */
function accountOfMailbox(store: IdentityStore, email: string): Account | undefined {
  if (!lastingAddress.test(email)) return undefined;
  const [accountId, ...others] = store.accountIdsOfEmail(email);
  return accountId === undefined || others.length > 0 ? undefined : store.account(accountId);
}

function open({ store, ledger, rules }: SignInParts, identity: ProvenIdentity, now: number): Account {
  const { email, name, ownsEmail } = identity;
  // Somebody else may have the address by now.
  const isSurelyTheirs = ownsEmail || rules.allowedEmails.length === 0;
  if (!isSurelyTheirs || !mayOpen(rules.allowedEmails, email)) throw new SignUpClosed();
  const grantMicros = rules.newAccountGrantMicros;
  return openAccount({ store, ledger }, { name: name || email, role: 'user', grantMicros, email, now });
}

/** Whether somebody with this address may open an account. */
export function mayOpen(allowedEmails: readonly string[], email: string): boolean {
  if (allowedEmails.length === 0) return true;
  const allowed = allowedEmails.map((entry) => entry.toLowerCase());
  return allowed.includes(email) || allowed.includes(email.slice(email.lastIndexOf('@')));
}

/** Whether a code sent to this address would sign anybody in. */
export function mayReceiveCode({ store, rules }: SignInParts, email: string): boolean {
  if (isOperator(rules, email) || mayOpen(rules.allowedEmails, email)) return true;
  return store.identity(emailIssuer, email) !== undefined;
}

function isOperator({ operatorEmails }: SignInRules, email: string): boolean {
  return operatorEmails.some((address) => address.toLowerCase() === email);
}
