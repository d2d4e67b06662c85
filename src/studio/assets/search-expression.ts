/** Each word is looked up among everybody's assets, and ranked. */
const wordsMax = 8;

/**
 * What somebody typed as an expression of the search index (FTS5): every word must be there, each as the beginning of
 * one. Only letters and digits get through, in quotes, so that nothing typed is an operator. Null where no word is.
 */
export function searchExpression(typed: string): string | null {
  const words = [...new Set(typed.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu))];
  if (words.length === 0) return null;
  return words
    .slice(0, wordsMax)
    .map((word) => `"${word}"*`)
    .join(' ');
}
