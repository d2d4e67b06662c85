import { Malformed } from '../errors.ts';
import type { PurchaseFilter, PurchaseStore } from './store.ts';
import type { Purchase } from './tables.ts';

export interface PurchasePage {
  purchases: Purchase[];
  /** What the next page's request takes; null on the last page. */
  nextCursor: string | null;
}

/**
 * Newest first.
 * @param request.cursor the last purchase of the page before
 * @throws Malformed a cursor that isn't one of this list
 */
export function listPurchases(
  store: PurchaseStore,
  request: Omit<PurchaseFilter, 'before'> & { cursor?: string },
): PurchasePage {
  const { cursor, limit, ...filter } = request;
  const before = cursor === undefined ? undefined : store.find(cursor);
  const isStrange = filter.accountId !== undefined && before?.accountId !== filter.accountId;
  if (cursor !== undefined && (before === undefined || isStrange))
    throw new Malformed('The cursor is not one that a list gave.', 'bad_cursor');
  const found = store.list({ ...filter, ...(before === undefined ? {} : { before }), limit: limit + 1 });
  const purchases = found.slice(0, limit);
  return { purchases, nextCursor: found.length > limit ? (purchases.at(-1)?.id ?? null) : null };
}
