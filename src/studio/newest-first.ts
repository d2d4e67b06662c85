import { BadCursor } from '../page.ts';

/** Where something stands in a list that has the newest first: by a time, and by its id among those of one moment. */
export interface Place {
  at: number;
  id: string;
}

/** What names the last row of a page. It holds when that row is deleted meanwhile. */
export function cursorOf({ at, id }: Place): string {
  return `${at}.${id}`;
}

/** @throws BadCursor */
export function readCursor(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const [, at, id] = /^(\d{1,15})\.(\w{1,64})$/.exec(cursor) ?? [];
  if (at === undefined || id === undefined) throw new BadCursor();
  return { at: Number(at), id };
}
