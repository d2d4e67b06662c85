import { expect, test } from 'bun:test';
import { cutPage } from './page.ts';

test.each([
  [0, [], null],
  [2, [1, 2], null],
  [3, [1, 2], '2'],
])('of %d rows the first page of two tells whether another follows', (count, rows, nextCursor) => {
  const all = Array.from({ length: count }, (_, index) => index + 1);
  const page = cutPage({ limit: 2, list: (limit) => all.slice(0, limit), cursorOf: String });
  expect(page).toEqual({ rows, nextCursor });
});
