import { Malformed } from './errors.ts';

/** A part of a list. */
export interface Page<Row> {
  rows: Row[];
  /** What the next page's request takes; null on the last page. */
  nextCursor: string | null;
}

/**
 * @param page.list answers so many at most
 * @param page.cursorOf what names the last row of a page
 */
export function cutPage<Row>(page: {
  limit: number;
  list: (limit: number) => Row[];
  cursorOf: (last: Row) => string;
}): Page<Row> {
  const { limit, list, cursorOf } = page;
  // One more tells whether another page follows.
  const found = list(limit + 1);
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, nextCursor: found.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** 400: a cursor that no list gave to this caller. */
export class BadCursor extends Malformed {
  constructor() {
    super('The cursor is not one that a list gave.', 'bad_cursor');
  }
}
