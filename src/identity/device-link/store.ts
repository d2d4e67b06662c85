import { eq, lte } from 'drizzle-orm';
import type { OpenDatabase } from '../../db/open.ts';
import { type DeviceLink, deviceLinks } from './tables.ts';

/** Queries on device links. Writing ones are called inside `Writer.write`. */
export type DeviceLinkStore = ReturnType<typeof createDeviceLinkStore>;

export function createDeviceLinkStore({ db }: Pick<OpenDatabase, 'db'>) {
  return {
    byDeviceCode: (deviceCodeHash: string): DeviceLink | undefined =>
      db.select().from(deviceLinks).where(eq(deviceLinks.deviceCodeHash, deviceCodeHash)).get(),
    byUserCode: (userCodeHash: string): DeviceLink | undefined =>
      db.select().from(deviceLinks).where(eq(deviceLinks.userCodeHash, userCodeHash)).get(),
    insert: (link: DeviceLink) => db.insert(deviceLinks).values(link).run(),
    update: (deviceCodeHash: string, changes: Partial<DeviceLink>) =>
      db.update(deviceLinks).set(changes).where(eq(deviceLinks.deviceCodeHash, deviceCodeHash)).run(),
    /** @param before epoch milliseconds */
    deleteExpired: (before: number) => db.delete(deviceLinks).where(lte(deviceLinks.expiresAt, before)).run(),
  };
}
