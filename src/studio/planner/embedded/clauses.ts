import { makingNouns } from './intent-words.ts';
import { numberPattern } from './number-words.ts';

/** Verbs before which `and` or a comma begins another clause. */
const verbs =
  'make|create|generate|draw|paint|sketch|render|design|produce|animate|turn|convert|transform|edit|change|remove|replace|extend|lengthen|combine|join|stitch|merge|concatenate|add|give|put|write|compose|sing|say|speak|narrate|clone|transcribe|annotate|bring|record|retouch|recolou?r|brighten|darken|restore|have (?:it|him|her|them)|let (?:it|him|her|them)|read (?:it|this|that|aloud|out|the)|caption|subtitle|upscale|use';
const nouns = makingNouns.map(([, words]) => words).join('|');
const determiner = String.raw`(?:an?|another|some|${numberPattern})`;

const sentenceEnd = /[.!?]+(?=\s|$)|[;\n]+|\s+[–—]\s+/;
const thenWords =
  /\s*,?\s*\b(?:and then|and after that|and finally|and also|then|after that|afterwards|finally|once (?:that|it) is done)\b\s*,?\s*/i;
const beforeVerb = new RegExp(
  String.raw`\s*(?:,\s*(?:and\s+)?|\band\s+|&\s*)(?=(?:also\s+|then\s+|please\s+)?(?:${verbs})\b)`,
  'i',
);
/** `a picture of a fox and a song about it` is two wishes. */
const beforeNoun = new RegExp(
  String.raw`\s*(?:,\s*(?:and\s+|plus\s+)?|\band\s+|\bplus\s+|\+\s*|&\s*)(?=(?:also\s+)?${determiner}\s+(?:[\w-]+\s+){0,3}?(?:${nouns})\b)`,
  'i',
);
/** A list of things that are joined, or read, is no list of wishes. */
const takesList = /^\W*(?:please\s+)?(?:combine|stitch|join|merge|concatenate|splice|glue|put)\b/i;

const soundNouns =
  'music|sound\\s?tracks?|voice-?\\s?overs?|narrations?|narrators?|sound effects?|sounds?|songs?|noises?|ambience';
const beforeSound = new RegExp(
  String.raw`\s*(?:,\s*)?\b(?:with|plus|and)\s+(?=(?:an?\s+|some\s+|the\s+)?(?:[\w-]+\s+){0,3}?(?:${soundNouns})\b)`,
  'i',
);

/** `use this picture to make a film` */
const takesFirst = /^\W*(?:please\s+)?(?:use|using|take)\b/i;
const beforeUse = new RegExp(String.raw`\s*(?:,|\bto\b|\band\b)\s+(?=(?:${verbs})\b)`, 'i');

/** A message cut into clauses that each ask for one thing, or say more of one. */
export function splitClauses(text: string): string[] {
  return text
    .split(sentenceEnd)
    .flatMap((sentence) => sentence.split(thenWords))
    .flatMap((part) => (takesFirst.test(part) ? part.split(beforeUse) : [part]))
    .flatMap((part) => part.split(beforeVerb))
    .flatMap((part) => (takesList.test(part) ? [part] : part.split(beforeNoun)))
    .map((clause) => clause.replaceAll(/^[\s,:-]+|[\s,:-]+$/g, ''))
    .filter((clause) => clause !== '');
}

/** Of a clause that asks for a film, the sounds that it is to have apart: `… with a voice-over`. */
export function splitSounds(clause: string): string[] {
  return clause
    .split(beforeSound)
    .filter((part) => part.trim() !== '')
    .map((part, index) => (index === 0 ? part : `add ${part}`));
}
