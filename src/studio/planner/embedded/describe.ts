import type { Intent } from './intent-words.ts';
import { makingVerbs } from './intent-words.ts';
import { splitList } from './lists.ts';
import { type Marks, referenceMark, restore } from './marks.ts';
import { numberPattern } from './number-words.ts';
import type { Reference } from './references.ts';
import type { Wish } from './wishes.ts';

/** Nouns that only say what kind of file it is, and nothing of what is in it. */
const plainNouns: Partial<Record<Intent, string>> = {
  picture: 'pictures?|images?|pics?|variations?|variants?|versions?|takes|options|alternatives',
  film: 'music videos?|(?:video )?clips?|videos?|films?|movies?|animations?|footage|variations?|versions?|takes',
  music:
    '(?:theme )?songs?|(?:music )?tracks?|pieces? of music|music|sound\\s?tracks?|tunes?|instrumentals?|variations?|versions?',
  effect: 'sound effects?|sfx|effects?|sounds?|noises?|variations?|versions?',
  mesh: '3-?d(?: (?:models?|mesh(?:es)?|objects?|versions?|assets?))?|mesh(?:es)?|glbs?',
};
/** Of several at once: those that say how things are to be seen, too. */
const seenNouns: Partial<Record<Intent, string>> = {
  picture: 'photos|photographs|paintings|drawings|sketches|illustrations|portraits',
};
const verb = new RegExp(
  String.raw`^(?:(?:${makingVerbs}|draw|paint|sketch|illustrate|photograph|imagine|depict|animate|film|compose|sing)\b\s*)(?:(?:me|us|him|her)\b\s*)?`,
  'i',
);
const article = String.raw`(?:(?:an?|another|some|the|${numberPattern})\s+)?(?:(?:more|other|different|new|short|quick|brief|little)\s+)?`;
const connectors =
  'of|with|showing|shows|depicting|featuring|about|that|where|in which|so that|so|to|by|as|for|from|into|and|it';
const leading = new RegExp(String.raw`^(?:(?:${connectors})\b|[\s,.:-])+`, 'i');
const trailing =
  /(?:\s+(?:for|in|at|with|and|of|as|to|from|lasting|long|each|please|by|into|a|an|the|that is|which is|that's)|[\s,.:-])+$/i;

/** What a wish says of what is to be seen or heard, without what is read from it otherwise. */
export function describe(wish: Wish, marks: Marks, wordsOf?: (reference: Reference) => string): string {
  const parts = [mainDescription(wish), ...wish.more].map((words) => tidy(restore(words, marks, wordsOf)));
  return parts.filter((part) => part !== '').join('. ');
}

/**
 * {@link describe}, once for each thing of a list: `pictures of a cat and a dog` are two. As many as are wanted, or one
 * that stands for all of them.
 */
export function describeEach(wish: Wish, marks: Marks, wordsOf?: (reference: Reference) => string): string[] {
  const { count, more } = wish;
  const head = readHead(wish, plainNouns[wish.intent]) ?? readHead(wish, seenNouns[wish.intent]);
  const isList = head !== null && (/s$/i.test(head.noun) || count > 1);
  const things = isList ? splitList({ words: tidy(head.rest), count, isAnnounced: head.isAnnounced }) : null;
  if (!head || !things) return [describe(wish, marks, wordsOf)];
  return things.map((thing) => {
    const parts = [nameThing(thing, head, wish.intent), ...more];
    const said = parts.map((part) => tidy(restore(part, marks, wordsOf)));
    return said.filter((part) => part !== '').join('. ');
  });
}

/** `photos` of `a cat` → `a photo of a cat`: that noun says how it is to be seen. */
function nameThing(thing: string, { noun, adjectives }: Head, intent: Intent): string {
  if (new RegExp(`^(?:${plainNouns[intent]})$`, 'i').test(noun)) return withAdjectives(thing, adjectives);
  const one = `${adjectives} ${noun.replace(/(?<=ch)es$|s$/i, '')}`.trim();
  return `${/^[aeiou]/i.test(one) ? 'an' : 'a'} ${one} of ${thing}`;
}

/** `a cinematic picture of a fox` → `a fox, cinematic`. */
function mainDescription(wish: Wish): string {
  const head = readHead(wish, plainNouns[wish.intent]);
  if (!head) return plainNouns[wish.intent] === undefined ? wish.words : wish.words.replace(verb, '');
  return withAdjectives(head.rest, head.adjectives);
}

function withAdjectives(words: string, adjectives: string): string {
  if (words.trim() === '') return adjectives;
  return adjectives === '' ? words : `${words.replace(trailing, '')}, ${adjectives}`;
}

interface Head {
  /** What is behind the noun. */
  rest: string;
  /** What is before it. */
  adjectives: string;
  noun: string;
  /** A colon follows. */
  isAnnounced: boolean;
}

/** Null where no noun says what kind of file it is. */
function readHead({ words }: Wish, nouns: string | undefined): Head | null {
  if (nouns === undefined) return null;
  const withoutVerb = words.replace(verb, '');
  const head = new RegExp(
    String.raw`^(?:${referenceMark}?\s*(?:in)?to\s+)?${article}((?:[\p{L}\d'-]+,?\s+){0,5}?)(${nouns})(?![\p{L}-])([\s,:]*)`,
    'iu',
  );
  const found = head.exec(withoutVerb);
  if (!found) return null;
  const [whole, adjectives = '', noun = '', behind = ''] = found;
  return {
    rest: withoutVerb.slice(whole.length).replace(leading, ''),
    adjectives: tidy(adjectives),
    noun,
    isAnnounced: behind.includes(':'),
  };
}

/** Words without the connecting words and signs that were left at their ends. */
export function tidy(words: string): string {
  return words
    .replaceAll(/[^\S\n]+/g, ' ')
    .replaceAll(/ (?=[,.])/g, '')
    .replaceAll(/,(?:\s*,)+/g, ',')
    .replace(trailing, '')
    .replace(/^[\s,.:-]+/, '')
    .trim();
}
