import type { AuditLog } from '../../audit/store.ts';
import type { Clock } from '../../clock.ts';
import type { Writer } from '../../db/writer.ts';
import type { Caller } from '../authenticate.ts';
import { assertUnlimited } from '../key-limits.ts';
import type { UserCodeHash } from './link-codes.ts';
import { LinkDecided, UnknownUserCode } from './link-errors.ts';
import type { LinkLimits } from './link-limits.ts';
import { isAlive } from './start-link.ts';
import type { DeviceLinkStore } from './store.ts';
import type { DeviceLink } from './tables.ts';

export interface LookUpParts {
  links: DeviceLinkStore;
  clock: Clock;
  limits: LinkLimits;
  hashUserCode: UserCodeHash;
}

/**
 * The link of a user code, for who is to decide.
 * @param who by whom guesses are counted
 * @throws UnknownUserCode, TooManyRequests
 */
export function lookUpLink(
  parts: LookUpParts,
  { userCode, who }: { userCode: string; who: string },
): DeviceLink {
  parts.limits.takeLookUp(who);
  return findAlive(parts, userCode);
}

function findAlive({ links, clock, hashUserCode }: LookUpParts, userCode: string): DeviceLink {
  const link = links.byUserCode(hashUserCode(userCode));
  if (!link || !isAlive(link, clock())) throw new UnknownUserCode();
  return link;
}

export interface Decision {
  userCode: string;
  decision: 'approve' | 'deny';
  /** In place of what the device calls it. */
  keyLabel?: string;
}

/**
 * Decides about a link, once. The same decision of the same account again changes nothing: its answer may have been
 * lost. A key with limits approves nothing, because the device's key has none.
 * @throws UnknownUserCode, LinkDecided, Forbidden, TooManyRequests
 */
export async function decideLink(
  parts: LookUpParts & { writer: Writer; audit: AuditLog },
  caller: Caller,
  { userCode, decision, keyLabel }: Decision,
): Promise<DeviceLink> {
  const { links, limits, writer, audit } = parts;
  limits.takeLookUp(caller.accountId);
  if (decision === 'approve') assertUnlimited(caller.limits);
  return writer.write(() => {
    const link = findAlive(parts, userCode);
    const decided = {
      state: decision === 'approve' ? ('approved' as const) : ('denied' as const),
      decidedByAccountId: caller.accountId,
      decidedByKeyId: caller.keyId,
    };
    if (link.state !== 'pending') {
      if (isSameDecision(link, decided)) return link;
      throw new LinkDecided();
    }
    const changes = { ...decided, keyLabel: keyLabel ?? link.keyLabel };
    links.update(link.deviceCodeHash, changes);
    const { clientAddress, userAgent } = link;
    const details = { clientAddress, userAgent, keyLabel: changes.keyLabel };
    audit.record({ actor: caller, action: `device.${decision}`, subject: caller.accountId, details });
    return { ...link, ...changes };
  });
}

function isSameDecision(
  link: DeviceLink,
  decided: Pick<DeviceLink, 'state' | 'decidedByAccountId'>,
): boolean {
  const state = link.state === 'completed' ? 'approved' : link.state;
  return state === decided.state && link.decidedByAccountId === decided.decidedByAccountId;
}
