import { eq, lte, sql } from 'drizzle-orm';
import type { OpenDatabase } from '../../db/open.ts';
import { type DeviceLink, deviceLinks } from './tables.ts';

/** Queries on device links. Writing ones are called inside `Writer.write`. */
export type DeviceLinkStore = ReturnType<typeof createDeviceLinkStore>;

export function createDeviceLinkStore({ db }: Pick<OpenDatabase, 'db'>) {
  // Prepared: whoever has no key may ask as often as the limits let them.
  const hash = sql.placeholder('hash');
  const byDeviceCode = db.select().from(deviceLinks).where(eq(deviceLinks.deviceCodeHash, hash)).prepare();
  const byUserCode = db.select().from(deviceLinks).where(eq(deviceLinks.userCodeHash, hash)).prepare();
  return {
    byDeviceCode: (deviceCodeHash: string): DeviceLink | undefined =>
      byDeviceCode.get({ hash: deviceCodeHash }),
    byUserCode: (userCodeHash: string): DeviceLink | undefined => byUserCode.get({ hash: userCodeHash }),
    insert: (link: DeviceLink) => db.insert(deviceLinks).values(link).run(),
    update: (deviceCodeHash: string, changes: Partial<DeviceLink>) =>
      db.update(deviceLinks).set(changes).where(eq(deviceLinks.deviceCodeHash, deviceCodeHash)).run(),
    /** @param before epoch milliseconds */
    deleteExpired: (before: number) => db.delete(deviceLinks).where(lte(deviceLinks.expiresAt, before)).run(),
  };
}
