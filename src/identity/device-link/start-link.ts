import type { Clock } from '../../clock.ts';
import type { Writer } from '../../db/writer.ts';
import { generateDeviceCode, generateUserCode, hashDeviceCode, type UserCodeHash } from './link-codes.ts';
import type { LinkLimits } from './link-limits.ts';
import type { DeviceLinkStore } from './store.ts';
import type { DeviceLink } from './tables.ts';

/** From a device's request to the key in its hands. */
export const linkSeconds = 600;
const firstIntervalSeconds = 5;

/** The clock may be set back by so much before a link counts as one of another time. */
const clockToleranceMs = 60_000;

/** What tells who decides which device it is. */
export interface DeviceRequest {
  keyLabel?: string;
  clientAddress: string;
  userAgent: string;
}

/** Makes a link that waits for somebody's decision. The codes are nowhere else. @throws TooManyRequests */
export async function startLink(
  parts: {
    links: DeviceLinkStore;
    writer: Writer;
    clock: Clock;
    limits: LinkLimits;
    hashUserCode: UserCodeHash;
  },
  request: DeviceRequest,
) {
  const { links, writer, clock, limits, hashUserCode } = parts;
  limits.takeStart(request.clientAddress);
  const createdAt = clock();
  const deviceCode = generateDeviceCode();
  const userCode = generateUserCode();
  await writer.write(() => {
    links.insert({
      ...{ deviceCodeHash: hashDeviceCode(deviceCode), userCodeHash: hashUserCode(userCode) },
      keyLabel: request.keyLabel ?? null,
      ...{ clientAddress: request.clientAddress, userAgent: request.userAgent },
      ...{ state: 'pending', decidedByAccountId: null, decidedByKeyId: null },
      ...{ intervalSeconds: firstIntervalSeconds, polledAt: null },
      ...{ createdAt, expiresAt: createdAt + linkSeconds * 1000 },
    });
  });
  return { deviceCode, userCode, expiresInSeconds: linkSeconds, intervalSeconds: firstIntervalSeconds };
}

/** Whether a link's time is not over. A clock that was set back must not make one live longer. */
export function isAlive({ createdAt, expiresAt }: DeviceLink, now: number): boolean {
  return now >= createdAt - clockToleranceMs && now < expiresAt;
}
