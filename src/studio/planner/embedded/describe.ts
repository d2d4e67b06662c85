import type { Intent } from './intent-words.ts';
import { makingVerbs } from './intent-words.ts';
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

/** `a cinematic picture of a fox` → `a fox, cinematic`. */
function mainDescription({ intent, words }: Wish): string {
  const nouns = plainNouns[intent];
  if (nouns === undefined) return words;
  const withoutVerb = words.replace(verb, '');
  const head = new RegExp(
    String.raw`^(?:${referenceMark}?\s*(?:in)?to\s+)?${article}((?:[\p{L}\d'-]+,?\s+){0,5}?)(?:${nouns})(?![\p{L}-])[\s,:]*`,
    'iu',
  );
  const found = head.exec(withoutVerb);
  if (!found) return withoutVerb;
  const adjectives = tidy(found[1] ?? '');
  const rest = withoutVerb.slice(found[0].length).replace(leading, '');
  if (rest.trim() === '') return adjectives;
  return adjectives === '' ? rest : `${rest.replace(trailing, '')}, ${adjectives}`;
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
