import type { Reference } from './references.ts';

/**
 * What a message quotes and what it refers to, each stood in for by one character of a private-use area: words that
 * look for an intent or an amount pass over it.
 */
export interface Marks {
  quotes: string[];
  references: Reference[];
}

const firstQuote = 0xe000;
const firstReference = 0xe100;
/** So many of each are told apart; what comes later stays as it was written. */
const marksMax = 256;

export const quoteMark = '[\uE000-\uE0FF]';
export const referenceMark = '[\uE100-\uE1FF]';
const anyMark = /[\uE000-\uE1FF]/g;

/** A text in which nobody else has put marks. */
export function withoutMarks(text: string): string {
  return text.replaceAll(anyMark, ' ');
}

/** @returns the quote's mark, or `original` when there are too many */
export function markQuote(marks: Marks, quote: string, original: string): string {
  if (marks.quotes.length >= marksMax) return original;
  return String.fromCharCode(firstQuote + marks.quotes.push(quote) - 1);
}

/** @returns the reference's mark, or the words themselves when there are too many */
export function markReference(marks: Marks, reference: Reference): string {
  if (marks.references.length >= marksMax) return reference.words;
  return String.fromCharCode(firstReference + marks.references.push(reference) - 1);
}

/** The quotes whose marks `text` has, in order. */
export function quotesIn(text: string, marks: Marks): string[] {
  return found(text, firstQuote, marks.quotes);
}

export function referencesIn(text: string, marks: Marks): Reference[] {
  return found(text, firstReference, marks.references);
}

/** The text as it was written, but for references, of which `wordsOf` says what stands for them. */
export function restore(
  text: string,
  marks: Marks,
  wordsOf: (reference: Reference) => string = ({ words }) => words,
): string {
  return text.replaceAll(anyMark, (mark) => {
    const [quote] = quotesIn(mark, marks);
    if (quote !== undefined) return `“${quote}”`;
    const [reference] = referencesIn(mark, marks);
    return reference ? wordsOf(reference) : '';
  });
}

function found<Item>(text: string, first: number, items: readonly Item[]): Item[] {
  return [...text.matchAll(anyMark)].flatMap(([mark]) => {
    const item = items[mark.charCodeAt(0) - first];
    return item === undefined ? [] : [item];
  });
}
