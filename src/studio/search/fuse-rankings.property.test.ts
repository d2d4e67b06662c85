import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { fuseRankings } from './fuse-rankings.ts';

const ranking = fc.uniqueArray(fc.nat(40), { maxLength: 30 });
const rankings = fc.array(ranking, { maxLength: 4 });

test('a fused ranking has everything that one of them has, each once', () => {
  fc.assert(
    fc.property(rankings, (given) => {
      const fused = fuseRankings(given);
      expect(fused.toSorted((a, b) => a - b)).toEqual([...new Set(given.flat())].toSorted((a, b) => a - b));
    }),
  );
});

test('of two things, that which is nowhere lower and somewhere higher comes first', () => {
  fc.assert(
    fc.property(rankings, (given) => {
      const fused = fuseRankings(given);
      const place = (list: readonly number[], thing: number) =>
        list.includes(thing) ? list.indexOf(thing) : Number.POSITIVE_INFINITY;
      for (const [first, second] of fused.flatMap((a) => fused.map((b) => [a, b] as const))) {
        const isNowhereLower = given.every((list) => place(list, first) <= place(list, second));
        const isHigher = given.some((list) => place(list, first) < place(list, second));
        if (isNowhereLower && isHigher) expect(fused.indexOf(first)).toBeLessThan(fused.indexOf(second));
      }
    }),
  );
});

test('the order of the rankings does not matter, and one ranking stays as it is', () => {
  fc.assert(
    fc.property(ranking, ranking, (one, other) => {
      expect(fuseRankings([one, other])).toEqual(fuseRankings([other, one]));
      expect(fuseRankings([one])).toEqual(one);
    }),
  );
});

test('what both have goes before what is first in one alone', () => {
  expect(
    fuseRankings([
      [1, 2, 3],
      [4, 5, 3],
    ])[0],
  ).toBe(3);
  // By the formula: 1/61 + 1/62 > 1/61, and 1/63 + 1/63 > 1/61.
  expect(fuseRankings([[1, 2], [2]])).toEqual([2, 1]);
});
