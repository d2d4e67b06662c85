import { BadCursor, cutPage, type Page } from '../page.ts';
import type { PurchaseFilter, PurchaseStore } from './store.ts';
import type { Purchase } from './tables.ts';

/**
 * Newest first.
 * @param request.cursor the last purchase of the page before
 * @throws BadCursor
 */
export function listPurchases(
  store: PurchaseStore,
  request: Omit<PurchaseFilter, 'before'> & { cursor?: string },
): Page<Purchase> {
  const { cursor, limit, ...filter } = request;
  const before = cursor === undefined ? undefined : store.find(cursor);
  const isStrange = filter.accountId !== undefined && before?.accountId !== filter.accountId;
  if (cursor !== undefined && (before === undefined || isStrange)) throw new BadCursor();
  const from = before === undefined ? filter : { ...filter, before };
  return cutPage({ limit, list: (most) => store.list({ ...from, limit: most }), cursorOf: ({ id }) => id });
}
