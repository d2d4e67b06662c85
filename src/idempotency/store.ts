import { and, eq, lt, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { idempotencyRecords } from './tables.ts';

export type IdempotencyRecord = typeof idempotencyRecords.$inferSelect;
export type IdempotencyScope = Pick<IdempotencyRecord, 'accountId' | 'route' | 'key'>;
export type IdempotencyStore = ReturnType<typeof createIdempotencyStore>;

export function createIdempotencyStore(db: BetterSQLite3Database) {
  const find = db
    .select()
    .from(idempotencyRecords)
    .where(
      and(
        eq(idempotencyRecords.accountId, sql.placeholder('accountId')),
        eq(idempotencyRecords.route, sql.placeholder('route')),
        eq(idempotencyRecords.key, sql.placeholder('key')),
      ),
    )
    .prepare();
  const insert = db
    .insert(idempotencyRecords)
    .values({
      accountId: sql.placeholder('accountId'),
      route: sql.placeholder('route'),
      key: sql.placeholder('key'),
      bodySha256: sql.placeholder('bodySha256'),
      status: sql.placeholder('status'),
      response: sql.placeholder('response'),
      createdAt: sql.placeholder('createdAt'),
    })
    .prepare();
  return {
    find: (scope: IdempotencyScope): IdempotencyRecord | undefined => find.get(scope),
    insert: (record: IdempotencyRecord) => insert.run(record),
    deleteOlderThan: (time: number) =>
      db.delete(idempotencyRecords).where(lt(idempotencyRecords.createdAt, time)).run(),
  };
}
