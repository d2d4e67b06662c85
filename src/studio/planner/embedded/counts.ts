import { makingNouns, versionNouns } from './intent-words.ts';
import { numberPattern, readNumber } from './number-words.ts';

const nouns = makingNouns
  .map(([, words]) => words)
  .concat(versionNouns)
  .join('|');
/** As in `two 5 second clips`: how long each is. */
const length = String.raw`${numberPattern}[\s-]*(?:seconds?|secs?|minutes?|mins?)[\s-]+(?:long\s+)?`;
/** Behind the determiner of a reference, a number counts what is there already. */
const counted = new RegExp(
  String.raw`(?<!\b(?:the|these|those|my|both|all|last|first|of)\s+)\b(${numberPattern})\s+(?=(?:${length})?((?:[a-z][\w-]*\s+){0,3}?)(${nouns})\b)`,
  'i',
);
const describing = /\b(?:of|about|showing|with|that|from|for|in|seconds?|secs?|minutes?|mins?|fps|and)\b/i;

/** How many a clause wants of what it wants, and the clause with `some` in its place. */
export function findCount(clause: string): { count: number; rest: string } {
  const found = counted.exec(clause);
  const count = readNumber(found?.[1] ?? '');
  // `2 foxes in a picture` counts foxes; a number before `seconds` counts none of either.
  if (!found || !Number.isInteger(count) || count < 1 || describing.test(found[2] ?? ''))
    return { count: 1, rest: clause };
  const rest = `${clause.slice(0, found.index)}some ${clause.slice(found.index + found[0].length)}`;
  return { count, rest };
}
