import type { Clock } from '../../clock.ts';
import { hourMs } from '../../clock.ts';
import type { OpenDatabase } from '../../db/open.ts';
import type { Settings } from '../../settings/load-settings.ts';
import { loadSecret } from '../../storage/secret.ts';
import { createUserCodeHash } from './link-codes.ts';
import { createLinkLimits } from './link-limits.ts';
import { createDeviceLinkStore } from './store.ts';

/** Keys for devices that somebody approves in a browser. */
export type DeviceLinks = Awaited<ReturnType<typeof createDeviceLinks>>;

/** On the secret of the data folder that user codes are found by; made where it is missing. */
export async function createDeviceLinks(options: {
  settings: Settings;
  database: OpenDatabase;
  steadyClock: Clock;
}) {
  const { settings, database, steadyClock } = options;
  const links = createDeviceLinkStore(database);
  return {
    links,
    limits: createLinkLimits(steadyClock),
    hashUserCode: createUserCodeHash(await loadSecret(settings.dataFolder, 'device-links')),
    /** For an hour more, a device is told that its code has expired. Called inside `Writer.write`. */
    deleteExpired: (now: number) => void links.deleteExpired(now - hourMs),
  };
}
