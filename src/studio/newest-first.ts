import { BadCursor } from '../page.ts';

/** Where something stands in a list that has the newest first: by its time, and by its id among those of one moment. */
export interface Place {
  createdAt: number;
  id: string;
}

/** What names the last row of a page. It holds when that row is deleted meanwhile. */
export function cursorOf({ createdAt, id }: Place): string {
  return `${createdAt}.${id}`;
}

/** @throws BadCursor */
export function readCursor(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const [, createdAt, id] = /^(\d{1,15})\.(\w{1,64})$/.exec(cursor) ?? [];
  if (createdAt === undefined || id === undefined) throw new BadCursor();
  return { createdAt: Number(createdAt), id };
}
