import type { KnownFile } from '../planner.ts';
import { type Marks, markQuote, markReference, withoutMarks } from './marks.ts';

const quotePatterns: readonly RegExp[] = [
  /```(?:\w*\n)?([\s\S]+?)```/g,
  /"([^"]+)"/g,
  /“([^”]+)”/g,
  /«([^»]+)»/g,
  /„([^“”]+)[“”]/g,
  // An apostrophe stands inside a word, or behind one; a single quote opens before one.
  /(?<![\p{L}\d])'([^'\n](?:[^'\n]|'(?=\p{L}))*)'(?![\p{L}\d])/gu,
];

/** Without quotes: what follows to the end, and to the end of the line. */
const blockPatterns: readonly RegExp[] = [
  /((?:lyrics|text|words|script|transcript)(?: is| are)?\s*:\s*)(?![\uE000-\uE0FF\s])([\s\S]+)$/gi,
  /(\n\s*)(\[[A-Z][^\]\n]*\]\s*\n[\s\S]+)$/g,
  /(\b(?:say|says|saying|speak|narrate|read)\s*:\s*)(?![\uE000-\uE0FF\s])(.+)$/gim,
];

/**
 * The message with a mark for each text that it quotes and each file that it names: what these say are no words of the
 * message's own.
 */
export function setApart(message: string, files: readonly KnownFile[]): { text: string; marks: Marks } {
  const marks: Marks = { quotes: [], references: [] };
  let text = withoutMarks(message);
  const quote = (quoted: string, original: string): string => {
    const file = files.find(({ title, assetId }) => same(title, quoted) || assetId === quoted);
    if (file) return markReference(marks, { kind: 'file', file, words: original });
    return markQuote(marks, quoted.trim(), original);
  };
  for (const pattern of quotePatterns)
    text = text.replaceAll(pattern, (original, quoted: string) => quote(quoted, original));
  // Many patterns allow white space: where it is long, they would try each part of it.
  text = text.replaceAll(/[^\S\n]+/g, ' ').replaceAll(/\n\s*\n\s*/g, '\n\n');
  for (const file of files.toSorted((a, b) => b.title.length - a.title.length)) {
    for (const name of namesOf(file)) {
      text = text.replaceAll(namePattern(name), (words) =>
        markReference(marks, { kind: 'file', file, words }),
      );
    }
  }
  for (const pattern of blockPatterns) {
    text = text.replaceAll(pattern, (original, before: string, quoted: string) => {
      return `${before}${quote(quoted, original.slice(before.length))} . `;
    });
  }
  return { text, marks };
}

function same(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}

/** What a message may call a file wherever it stands: a title of one plain word could be any word. */
function namesOf({ title, assetId }: KnownFile): string[] {
  const name = title.trim();
  return [...(name.length >= 4 && /[\s\d._-]/.test(name) ? [name] : []), assetId];
}

function namePattern(name: string): RegExp {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\p{L}\d])${escaped}(?![\p{L}\d])`, 'giu');
}
