import { ApplianceError, Conflict } from '../errors.ts';
import type { Actor, AffiliateParts } from './parts.ts';
import { readReferralCode } from './referral-code.ts';
import type { Affiliate } from './tables.ts';

/** A purchase that is opened, and all that may tell who brought the customer. */
export interface AttributionRequest {
  accountId: string;
  /** Of the request. */
  affiliateCode: string | null;
  /** Of an earlier visit; see `CaptureTokens`. */
  captureToken?: string | null;
}

type Parts = Pick<AffiliateParts, 'store' | 'tokens' | 'rules'>;

/**
 * Who earns by a purchase: whom the account is bound to, else whose code came with the request, else by whose code it
 * came here first. A source that names nobody who may earn by this account makes way for the next.
 */
export function attribute(parts: Parts, request: AttributionRequest): string | null {
  const { store, tokens, rules } = parts;
  const { accountId, affiliateCode, captureToken } = request;
  if (!rules.isEnabled) return null;
  const byCode = (text: string | null | undefined) => {
    const code = readReferralCode(text ?? '');
    return code === null ? undefined : store.affiliateOfCode(code);
  };
  const sources = [
    () => store.affiliate(store.bindingOf(accountId)?.affiliateId ?? ''),
    () => byCode(affiliateCode),
    () => byCode(tokens.read(captureToken ?? '')?.code),
  ];
  for (const source of sources) {
    const affiliate = source();
    if (affiliate?.state === 'active' && !isSelf(parts, accountId, affiliate)) return affiliate.id;
  }
  return null;
}

/** Whether customer and affiliate are one person: the same account, or a mailbox in common that both have proved. */
function isSelf({ store }: Parts, accountId: string, affiliate: Affiliate): boolean {
  if (accountId === affiliate.accountId) return true;
  const mailboxesOf = (id: string) => new Set(store.emailsOf(id).map(mailboxOf));
  return !mailboxesOf(accountId).isDisjointFrom(mailboxesOf(affiliate.accountId));
}

/** Where the mail of an address arrives: most servers take any `+tag`, and Gmail's sees no dots either. */
function mailboxOf(email: string): string {
  const [local = '', domain = ''] = email.split('@');
  const [name = ''] = local.split('+');
  const isGmail = domain === 'gmail.com' || domain === 'googlemail.com';
  return isGmail ? `${name.replaceAll('.', '')}@gmail.com` : `${name}@${domain}`;
}

/** 404: no active affiliate has this code. */
class UnknownCode extends ApplianceError {
  constructor() {
    const message = 'No active affiliate has this code.';
    super({ code: 'unknown_affiliate_code', status: 404, message });
  }
}

/**
 * Binds an account to who brought it: once, for all its later purchases, at any time. Repeating it changes nothing.
 * @throws UnknownCode; Conflict 409 `already_bound` | `self_referral`
 */
export function bindCode(parts: AffiliateParts, actor: Actor, text: string): Promise<void> {
  const { accountId } = actor;
  return parts.writer.write(() => {
    const code = readReferralCode(text);
    const affiliate = code === null ? undefined : parts.store.affiliateOfCode(code);
    const bound = parts.store.bindingOf(accountId);
    if (bound && bound.affiliateId === affiliate?.id) return;
    // Before the code is judged: who is bound learns nothing of codes here.
    if (bound) throw new Conflict('This account is bound to another code for good.', 'already_bound');
    if (affiliate?.state !== 'active') throw new UnknownCode();
    if (isSelf(parts, accountId, affiliate))
      throw new Conflict("Nobody earns by one's own purchases.", 'self_referral');
    parts.store.insertBinding({ accountId, affiliateId: affiliate.id, boundAt: parts.clock() });
    parts.audit.record({ actor, action: 'affiliate.bind', subject: accountId, details: { code } });
  });
}
