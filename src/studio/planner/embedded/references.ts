import type { KnownFile } from '../planner.ts';
import { type Marks, markReference } from './marks.ts';
import { numberPattern, ordinalPattern, readNumber, readOrdinal } from './number-words.ts';

/** What a file holds, as far as words tell. */
export type Media = KnownFile['kind'];

/** Words that mean a file, or something that the same message has made. */
export type Reference = { words: string } & (
  | { kind: 'file'; file: KnownFile }
  | { kind: 'pronoun'; isPlural: boolean }
  | {
      kind: 'noun';
      /** Null for `the last one`. */
      media: Media | null;
      /** From 1. */
      place: number | 'last' | null;
      isPlural: boolean;
      /** Of `the two clips`. */
      count: number | null;
      /** It was there before the message. */
      isUploaded: boolean;
    }
);

const nouns: readonly (readonly [Media | null, string])[] = [
  [
    'image',
    'pictures?|images?|photos?|photographs?|pics?|paintings?|drawings?|illustrations?|sketch(?:es)?|posters?|logos?|portraits?|pngs?|jpe?gs?|frames?',
  ],
  ['video', '(?:video )?clips?|videos?|films?|movies?|animations?|mp4s?|footage'],
  [
    'audio',
    'recordings?|audio(?: files?)?|songs?|sound\\s?tracks?|tracks?|sounds?|voice-?\\s?overs?|voices?|speech|narrations?|music|mp3s?|wavs?|(?:voice )?samples?',
  ],
  ['text', 'documents?|texts?|scripts?|notes|lyrics|poems?|story'],
  ['mesh', 'mesh(?:es)?|3-?d models?'],
  [null, 'ones?|results?|files?'],
];
const nounPattern = nouns.map(([, words]) => words).join('|');

const adjectives =
  'uploaded|attached|chosen|selected|given|new|finished|generated|resulting|original|same|other|previous|above|last|latest|newest|most recent|final';
const nounReference = new RegExp(
  String.raw`\b(the|this|that|these|those|my|your|our|all(?:\s+(?:of\s+)?(?:the|these|those|my))?|both(?:\s+(?:of\s+)?(?:the|these|those|my))?|each(?:\s+of\s+(?:the|these))?|every|uploaded|attached)\s+` +
    // `this boat photo`
    String.raw`(?:(?<=\b(?:this|that|these|those|my)\s+)[a-z]+\s+)??` +
    String.raw`((?:(?:${adjectives}|${ordinalPattern}|${numberPattern})\s+){0,4})(${nounPattern})\b` +
    // `the sound of rain` is a sound to make.
    String.raw`(?!\s+effects?\b)(?!(?<=sounds?|voices?|music|songs?|tracks?)\s+(?:of|about)\b)`,
  'gi',
);
const pronoun =
  /\b(them|these|those|both(?: of them)?|all of them|each(?: one| of them)?|everything|all|it|this|that)\b(?=\s*(?:$|[,.:!?\uE000-\uE1FF]|(?:to|into|in|as|for|with|and|by|from|at|so|using|over|while|together|again|move|sing|say|speak|come|a|an|one|\d+)\b|[a-z]+(?:er|ed)\b|look\b|black\b|[a-z]*longer))/gi;

/** A text in which every reference has a mark, and the marks. */
export function markReferences(text: string, marks: Marks, files: readonly KnownFile[]): string {
  return stemsMarked(text, marks, files)
    .replaceAll(nounReference, (words, determiner: string, between: string, noun: string) => {
      return markReference(marks, readNoun({ words, determiner, between, noun }));
    })
    .replaceAll(pronoun, (words) => {
      const isPlural = !/^(?:it|this|that)$/i.test(words);
      return markReference(marks, { kind: 'pronoun', isPlural, words });
    });
}

/** `the fox` means `fox.png`. */
function stemsMarked(text: string, marks: Marks, files: readonly KnownFile[]): string {
  let marked = text;
  for (const file of files) {
    const stem = file.title.trim().replace(/\.\w{1,5}$/, '');
    if (!/^[\p{L}]{3,40}$/u.test(stem)) continue;
    const pattern = new RegExp(
      String.raw`\b(?:the|my|this|that)\s+${stem}(?:\s+(?:${nounPattern}))?(?![\p{L}\d])`,
      'giu',
    );
    marked = marked.replaceAll(pattern, (words) => markReference(marks, { kind: 'file', file, words }));
  }
  return marked;
}

function readNoun(found: { words: string; determiner: string; between: string; noun: string }): Reference {
  const { words, determiner, between, noun } = found;
  const [media = null] = nouns.find(([, pattern]) => new RegExp(`^(?:${pattern})$`, 'i').test(noun)) ?? [];
  const ordinal = new RegExp(ordinalPattern, 'i').exec(between)?.[0];
  const number = new RegExp(String.raw`\b${numberPattern}\s`, 'i').exec(
    between.replace(ordinal ?? '', ''),
  )?.[0];
  const isLast = /\b(?:last|latest|newest|most recent|final|previous)\b/i.test(between);
  const isPlural =
    /^(?:all|both|each|every|these|those)\b/i.test(determiner) ||
    (/s$/i.test(noun) && !/^notes$/i.test(noun)) ||
    number !== undefined;
  return {
    ...{ kind: 'noun', words, media, isPlural },
    place: ordinal === undefined ? (isLast && !isPlural ? 'last' : null) : readOrdinal(ordinal),
    count: /^both/i.test(determiner) ? 2 : number === undefined ? null : readNumber(number),
    isUploaded: /uploaded|attached|chosen|selected|given/i.test(`${determiner} ${between}`),
  };
}
