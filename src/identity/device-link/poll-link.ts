import type { Writer } from '../../db/writer.ts';
import { addKey, type CreatedKey, type KeyParts } from '../keys.ts';
import type { Account } from '../tables.ts';
import { hashDeviceCode } from './link-codes.ts';
import { NoKeyYet } from './link-errors.ts';
import type { LinkLimits } from './link-limits.ts';
import { isAlive } from './start-link.ts';
import type { DeviceLinkStore } from './store.ts';
import type { DeviceLink } from './tables.ts';

/** RFC 8628, 3.5: what each poll that comes too early adds, for good. */
const slowDownSeconds = 5;

/** What timers and networks take off an interval that a device kept. */
const earlyMsMax = 1000;

const defaultLabel = 'Device link';

export interface PollParts extends KeyParts {
  writer: Writer;
  links: DeviceLinkStore;
  limits: LinkLimits;
}

/** The key of a device, with the account that it is of. */
export interface RedeemedKey extends CreatedKey {
  account: Account;
}

/**
 * What a device waits for. Its key is made in the transaction that completes the link, and is nowhere else: of two
 * polls that come at once, one gets it, and where its answer is lost, the device starts anew.
 * @throws NoKeyYet, TooManyRequests; Conflict the account has as many keys as it may
 */
export async function pollLink(
  parts: PollParts,
  request: { deviceCode: string; clientAddress: string },
): Promise<RedeemedKey> {
  const { links, writer, limits } = parts;
  limits.takePoll(request.clientAddress);
  const deviceCodeHash = hashDeviceCode(request.deviceCode);
  // Before the write: guesses cost no commit.
  if (!links.byDeviceCode(deviceCodeHash)) throw new NoKeyYet('invalid_grant');
  const outcome = await writer.write(() => {
    const link = links.byDeviceCode(deviceCodeHash);
    return link ? answerPoll(parts, link) : new NoKeyYet('invalid_grant');
  });
  // Not inside: what is thrown there undoes the longer interval.
  if (outcome instanceof NoKeyYet) throw outcome;
  return outcome;
}

function answerPoll(parts: PollParts, link: DeviceLink): RedeemedKey | NoKeyYet {
  const now = parts.clock();
  if (link.state === 'completed') return new NoKeyYet('invalid_grant');
  if (link.state === 'denied') return new NoKeyYet('access_denied');
  if (!isAlive(link, now)) return new NoKeyYet('expired_token');
  return link.state === 'approved' ? redeem(parts, link) : keepWaiting(parts, link, now);
}

function keepWaiting({ links }: PollParts, link: DeviceLink, now: number): NoKeyYet {
  const sinceMs = link.polledAt === null ? Number.POSITIVE_INFINITY : now - link.polledAt;
  // Before its last poll: the clock was set back, and tells nothing.
  const isTooFast = sinceMs >= 0 && sinceMs < link.intervalSeconds * 1000 - earlyMsMax;
  const intervalSeconds = link.intervalSeconds + (isTooFast ? slowDownSeconds : 0);
  links.update(link.deviceCodeHash, { polledAt: now, intervalSeconds });
  return new NoKeyYet(isTooFast ? 'slow_down' : 'authorization_pending', intervalSeconds);
}

/** Makes the key, unless who approved has lost the right to since. */
function redeem(parts: PollParts, link: DeviceLink): RedeemedKey | NoKeyYet {
  const { links, store, audit } = parts;
  const accountId = link.decidedByAccountId ?? '';
  const account = store.account(accountId);
  const approver = store.keysOf(accountId).find(({ id }) => id === link.decidedByKeyId);
  const isWithdrawn = approver !== undefined && approver.revokedAt !== null;
  if (!account || account.disabledAt !== null || isWithdrawn) return new NoKeyYet('access_denied');
  const actor = { accountId, keyId: link.decidedByKeyId };
  const created = addKey(parts, { accountId, role: 'user', label: link.keyLabel ?? defaultLabel }, actor);
  links.update(link.deviceCodeHash, { state: 'completed' });
  const { clientAddress, userAgent } = link;
  audit.record({
    actor,
    action: 'device.redeem',
    subject: created.row.id,
    details: { clientAddress, userAgent },
  });
  return { account, ...created };
}
