import type { KnownFile } from '../planner.ts';
import { type Amounts, readAmounts } from './amounts.ts';
import { splitClauses, splitSounds } from './clauses.ts';
import { findCount } from './counts.ts';
import { findIntent, isIdle, withoutPoliteness } from './intents.ts';
import type { Intent } from './intent-words.ts';
import { type Marks, quotesIn, referencesIn } from './marks.ts';
import { markReferences, type Reference } from './references.ts';
import { setApart } from './set-apart.ts';

/** One thing that a message wants made. */
export interface Wish {
  intent: Intent;
  /** Its clause with marks for quotes and references, without amounts. */
  words: string;
  /** What further sentences say of it. */
  more: string[];
  count: number;
  amounts: Amounts;
  /** In the order of the words. */
  references: Reference[];
  quotes: string[];
  /** It is for what was made before: `add music`, `with a voice-over`. */
  isAdded: boolean;
}

interface Clause extends Omit<Wish, 'intent' | 'more'> {
  intent: Intent | null;
  isForAll: boolean;
}

const adding =
  /^(?:add|give|put|set)\b|\b(?:to|for|over|under|behind)\s+(?:it|them|this|that|the (?:film|video|clip|movie|animation)s?)\b/i;

/** What a message wants, in its order. Words of files, and what is quoted, are not read. */
export function readWishes(message: string, files: readonly KnownFile[]): { wishes: Wish[]; marks: Marks } {
  const { text, marks } = setApart(message, files);
  const clauses = splitClauses(text)
    .map(withoutPoliteness)
    .filter((clause) => clause !== '' && !isIdle(clause))
    .flatMap((clause) =>
      (isFilm(clause) ? splitSounds(clause) : [clause]).map((part, index) => ({ part, index })),
    )
    .map(({ part, index }) => readClause(part, { isAdded: index > 0 || adding.test(part) }, marks, files));
  const wishes: Wish[] = [];
  const before: Clause[] = [];
  for (const { intent, isForAll, ...clause } of clauses) {
    const last = wishes.at(-1);
    if (intent === 'speech' && last && isVoiceOnly(last)) {
      last.words = `${last.words}. ${clause.words}`;
      sayMore(last, { ...clause, words: '' });
    } else if (intent) {
      const wish = { ...clause, intent, more: [] };
      before.splice(0).forEach((earlier) => sayMore(wish, { ...earlier, words: '' }));
      wishes.push(wish);
    } else if (!last) before.push({ ...clause, intent, isForAll });
    else if (isForAll) wishes.forEach((wish) => sayMore(wish, clause));
    else sayMore(last, clause);
  }
  return { wishes, marks };
}

/** `clone her voice and say …` is one wish. */
function isVoiceOnly({ intent, quotes, words }: Wish): boolean {
  return intent === 'speech' && quotes.length === 0 && /\bclone|\bvoice\b/i.test(words);
}

function isFilm(clause: string): boolean {
  return findIntent(clause) === 'film';
}

function readClause(
  clause: string,
  { isAdded }: { isAdded: boolean },
  marks: Marks,
  files: readonly KnownFile[],
): Clause {
  const { count, rest } = findCount(clause);
  const marked = markReferences(rest, marks, files);
  const { amounts, words } = readAmounts(marked);
  const intent = findIntent(marked);
  // `make it 6 seconds long` changes nothing of a picture.
  const isOnlyAmounts =
    intent === 'edit' &&
    Object.keys(amounts).length > 0 &&
    /^(?:make|change|turn|set|put|give)?\s*[\uE100-\uE1FF]?\s*(?:be|to|in|into|a|an|the|long|wide|of|with|size|ratio)*\s*$/i.test(
      words,
    );
  return {
    intent: isOnlyAmounts ? null : intent,
    ...{ words, count, amounts, isAdded },
    references: referencesIn(words, marks),
    quotes: quotesIn(words, marks),
    isForAll:
      /^(?:all|everything|both|each)\b/i.test(rest) || /\b(?:all of them|everything)\b.*\bin\b/i.test(rest),
  };
}

/** What was said first of a wish holds; what is said later completes it. */
function sayMore(wish: Wish, clause: Omit<Wish, 'intent' | 'more'>): void {
  wish.amounts = { ...clause.amounts, ...wish.amounts };
  wish.references.push(...clause.references);
  wish.quotes.push(...clause.quotes);
  if (wish.count === 1) wish.count = clause.count;
  const isDescription = clause.words.split(/\s+/).length >= 3;
  if (isDescription) wish.more.push(clause.words);
}
