import { randomBytes } from 'node:crypto';
import { Conflict, NotFound } from '../errors.ts';
import { earningsAccounts } from './earnings.ts';
import type { Actor, AffiliateParts } from './parts.ts';
import { makeReferralCode } from './referral-code.ts';
import { AffiliateNotActive, NotAnAffiliate } from './refusals.ts';
import type { Affiliate, AffiliateState } from './tables.ts';

export const displayNameLengthMax = 80;

/** What affiliates tell of themselves, and may change. */
export type Profile = Pick<Affiliate, 'displayName' | 'websiteUrl' | 'payoutMethod' | 'payoutDetails'>;

/** @throws NotAnAffiliate */
export function affiliateOf({ store }: Pick<AffiliateParts, 'store'>, accountId: string): Affiliate {
  const affiliate = store.affiliateOfAccount(accountId);
  if (!affiliate) throw new NotAnAffiliate();
  return affiliate;
}

/** @throws NotAnAffiliate, AffiliateNotActive */
export function activeAffiliateOf(parts: Pick<AffiliateParts, 'store'>, accountId: string): Affiliate {
  const affiliate = affiliateOf(parts, accountId);
  if (affiliate.state !== 'active') throw new AffiliateNotActive(affiliate.state);
  return affiliate;
}

/**
 * Makes the account an affiliate, or asks the operator to. Who was refused may ask again, and then always the operator.
 * @throws Conflict 409 `already_applied`
 */
export function apply(
  parts: AffiliateParts,
  actor: Actor,
  profile: Pick<Profile, 'displayName'> & Partial<Profile>,
): Promise<Affiliate> {
  const { accountId } = actor;
  return parts.writer.write(() => {
    const earlier = parts.store.affiliateOfAccount(accountId);
    if (earlier && earlier.state !== 'rejected')
      throw new Conflict(`This account has applied; its application is ${earlier.state}.`, 'already_applied');
    if (earlier) {
      const again = { ...profile, state: 'pending' as const, appliedAt: parts.clock(), decidedAt: null };
      parts.store.updateAffiliate(earlier.id, again);
    } else open(parts, accountId, profile);
    const affiliate = affiliateOf(parts, accountId);
    const { id, state } = affiliate;
    parts.audit.record({ actor, action: 'affiliate.apply', subject: id, details: { state } });
    return affiliate;
  });
}

function open(
  { store, ledger, clock, rules }: AffiliateParts,
  accountId: string,
  profile: Pick<Profile, 'displayName'> & Partial<Profile>,
): void {
  const id = `aff_${randomBytes(10).toString('hex')}`;
  const now = clock();
  store.insertAffiliate({
    ...{ id, accountId, state: rules.approveAutomatically ? 'active' : 'pending', reason: null, code: null },
    ...{ websiteUrl: null, payoutMethod: null, payoutDetails: null, ...profile },
    ...{ owedMicros: 0, appliedAt: now, decidedAt: rules.approveAutomatically ? now : null },
  });
  for (const account of Object.values(earningsAccounts(id))) ledger.openAccount(account);
}

/** @throws NotAnAffiliate */
export function editProfile(
  parts: AffiliateParts,
  actor: Actor,
  changes: Partial<Profile>,
): Promise<Affiliate> {
  const { accountId } = actor;
  const changed = Object.keys(changes);
  return parts.writer.write(() => {
    const { id } = affiliateOf(parts, accountId);
    if (changed.length > 0) {
      parts.store.updateAffiliate(id, changes);
      parts.audit.record({ actor, action: 'affiliate.edit', subject: id, details: { changed } });
    }
    return affiliateOf(parts, accountId);
  });
}

/** The code of an active affiliate, made when it is first asked for. @throws NotAnAffiliate, AffiliateNotActive */
export async function codeOf(parts: AffiliateParts, accountId: string): Promise<string> {
  const known = activeAffiliateOf(parts, accountId).code;
  if (known !== null) return known;
  return parts.writer.write(() => {
    const { id, code: made, displayName } = activeAffiliateOf(parts, accountId);
    if (made !== null) return made;
    let code = makeReferralCode(displayName);
    while (parts.store.affiliateOfCode(code)) code = makeReferralCode(displayName);
    parts.store.updateAffiliate(id, { code });
    return code;
  });
}

/** What an operator may make of an affiliate, and from which states. */
const decisions = {
  approve: { to: 'active', from: ['pending', 'rejected', 'suspended'] },
  reject: { to: 'rejected', from: ['pending'] },
  suspend: { to: 'suspended', from: ['active'] },
} as const satisfies Record<string, { to: AffiliateState; from: readonly AffiliateState[] }>;

export type Decision = keyof typeof decisions;

/**
 * The operator's decision. Repeating it changes nothing. Who is suspended earns by no new purchase and can't ask for
 * payouts; what was earned before goes on to be released. Called inside `Writer.write`.
 * @throws NotFound; Conflict 409 `affiliate_state`
 */
export function decide(
  parts: AffiliateParts,
  actor: Actor,
  { affiliateId, decision, reason }: { affiliateId: string; decision: Decision; reason: string | null },
): Affiliate {
  const affiliate = parts.store.affiliate(affiliateId);
  if (!affiliate) throw new NotFound(`The affiliate ${affiliateId}`);
  const from: readonly AffiliateState[] = decisions[decision].from;
  const state = decisions[decision].to;
  if (affiliate.state === state) return affiliate;
  if (!from.includes(affiliate.state)) {
    const message = `An affiliate that is ${affiliate.state} can't become ${state}.`;
    throw new Conflict(message, 'affiliate_state');
  }
  const changes = { state, reason, decidedAt: parts.clock() };
  parts.store.updateAffiliate(affiliateId, changes);
  const details = { from: affiliate.state, to: state, reason };
  parts.audit.record({ actor, action: `affiliate.${decision}`, subject: affiliateId, details });
  return { ...affiliate, ...changes };
}
