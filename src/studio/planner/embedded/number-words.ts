const words: Record<string, number> = {
  ...{ one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10 },
  ...{ eleven: 11, twelve: 12, fifteen: 15, twenty: 20, thirty: 30, forty: 40, fifty: 50, sixty: 60 },
  ...{ 'a couple of': 2, 'a couple': 2, 'a pair of': 2, 'a few': 3, 'half a dozen': 6, 'a dozen': 12 },
};
const ordinals = [
  'first',
  'second',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
  'tenth',
];

/** A number in digits or words, as a part of a pattern. */
export const numberPattern = String.raw`(?:\d{1,6}(?:\.\d+)?|${Object.keys(words)
  .toSorted((a, b) => b.length - a.length)
  .join('|')})`;
/** `second` or `2nd`, as a part of a pattern. */
export const ordinalPattern = String.raw`(?:${ordinals.join('|')}|\d{1,2}(?:st|nd|rd|th))`;

/** NaN for what is no number. */
export function readNumber(text: string): number {
  const asked = text.trim().toLowerCase();
  return words[asked] ?? Number(asked);
}

/** From 1. NaN for what is no ordinal. */
export function readOrdinal(text: string): number {
  const index = ordinals.indexOf(text.toLowerCase());
  return index >= 0 ? index + 1 : Number.parseInt(text, 10);
}
