import { type Color, color } from './color.ts';

/** Words after which the next word is not wanted ("without people"). */
const negations = new Set(['no', 'not', 'without', 'never']);

/**
 * The words of a prompt, lower case and in order, each also in its singular form; a negated word is left out.
 * "Two foxes, no snow" gives two, foxes, foxe, fox.
 */
export function promptWords(prompt: string): string[] {
  const words = prompt.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const wanted = words.filter(
    (word, index) => !negations.has(word) && !negations.has(words[index - 1] ?? ''),
  );
  return wanted.flatMap((word) => [word, ...singulars(word)]);
}

function singulars(word: string): string[] {
  if (word.length < 4 || !word.endsWith('s') || word.endsWith('ss')) return [];
  return word.endsWith('es') ? [word.slice(0, -1), word.slice(0, -2)] : [word.slice(0, -1)];
}

/** What a prompt can choose: choice → the words for it, space-separated. */
export type Vocabulary<Choice extends string> = Readonly<Partial<Record<Choice, string>>>;

/** Which choice of `vocabulary` the prompt names first; null for none. */
export function firstMentioned<Choice extends string>(
  words: readonly string[],
  vocabulary: Vocabulary<Choice>,
): Choice | null {
  return allMentioned(words, vocabulary)[0] ?? null;
}

/** Every choice that the prompt names, in the order of their first mention. */
export function allMentioned<Choice extends string>(
  words: readonly string[],
  vocabulary: Vocabulary<Choice>,
): Choice[] {
  const choiceOf = new Map<string, Choice>();
  for (const choice in vocabulary) {
    for (const word of (vocabulary[choice] ?? '').split(' ')) choiceOf.set(word, choice);
  }
  const found = new Set<Choice>();
  for (const word of words) {
    const choice = choiceOf.get(word);
    if (choice !== undefined) found.add(choice);
  }
  return [...found];
}

const colorWords = new Map(
  Object.entries({
    red: '#d83a34',
    crimson: '#b81f3a',
    scarlet: '#e0342b',
    orange: '#f0842c',
    amber: '#f2a52e',
    yellow: '#f2cf3b',
    gold: '#dcae45',
    golden: '#dcae45',
    green: '#4ea350',
    emerald: '#1f9d6b',
    lime: '#a6d63f',
    olive: '#84853a',
    teal: '#1f8f92',
    turquoise: '#3cc4c0',
    cyan: '#38cfe6',
    blue: '#3577d6',
    azure: '#3a95e8',
    navy: '#233f7d',
    indigo: '#4b3fa8',
    purple: '#8443b8',
    violet: '#8d5be0',
    lavender: '#b79ee6',
    magenta: '#d63bb4',
    pink: '#ee82ab',
    brown: '#86552f',
    beige: '#d8c3a0',
  }),
);

/** The colours that the prompt names, in order. Black, white and grey are looks, not hues, and left out. */
export function promptColors(words: readonly string[]): { name: string; color: Color }[] {
  return [...new Set(words)].flatMap((name) => {
    const hex = colorWords.get(name);
    return hex === undefined ? [] : [{ name, color: color(hex) }];
  });
}

/** The colour named at most two words before any of `nouns`: "a bright red apple"; null for none. */
export function colorBefore(words: readonly string[], nouns: readonly string[]): Color | null {
  const at = words.findIndex((word) => nouns.includes(word));
  const [nearest] = promptColors(words.slice(Math.max(0, at - 2), Math.max(0, at))).reverse();
  return nearest?.color ?? null;
}
