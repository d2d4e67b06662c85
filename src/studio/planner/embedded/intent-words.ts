import { referenceMark } from './marks.ts';

/** What somebody may want made. */
export type Intent =
  | 'picture'
  | 'edit'
  | 'film'
  | 'extend'
  | 'combine'
  | 'speech'
  | 'music'
  | 'effect'
  | 'mesh'
  | 'annotation';

/** Verbs at the head of a clause that say alone what is wanted, in the order in which they are tried. */
export const tellingVerbs: readonly (readonly [Intent, RegExp])[] = [
  [
    'combine',
    /^(?:combine|stitch|join|merge|concatenate|splice|glue|(?:put|edit|cut|string)\b.*\btogether)\b/i,
  ],
  [
    'annotation',
    /^(?:transcribe|annotate|subtitle|caption|write down (?:the |what )|time the (?:lyrics|words))/i,
  ],
  ['speech', /^(?:clone\b|(?:use|take) .*\bvoice\b.*\bto (?:say|speak|read)\b)/i],
  [
    'film',
    /^(?:(?:re-?)?animate\b|film\s+(?!of\b|about\b|showing\b)|bring\b.*\bto life\b|(?:make|let|have)\b.{0,60}\b(?:move|come (?:alive|to life))\b|(?:set|put)\b.*\bin motion\b)/i,
  ],
  ['extend', /^(?:extend|lengthen|prolong|continue|make\b.{0,60}\blonger)\b/i],
  [
    'speech',
    new RegExp(
      String.raw`^(?:say|speak|narrate|voice|dub|read\s+(?:aloud|out|it|this|that|the|my|${referenceMark})|(?:have|let|make)\b.{1,60}?\b(?:say|speak|read)\b)`,
      'i',
    ),
  ],
  ['music', /^(?:sing|compose|(?:have|let|make)\b.{1,60}?\bsing)\b/i],
  ['picture', /^(?:draw|paint|sketch|illustrate|photograph|imagine|depict)\b/i],
  [
    'edit',
    /^(?:edit|retouch|re-?colou?r|colou?ri[sz]e|change|remove|erase|delete|replace|restyle|brighten|darken|blur|sharpen|swap|restore|enhance|fix)\b/i,
  ],
];

/** Nouns for what is made. The last one before the description tells, as in `a video game poster`. */
export const makingNouns: readonly (readonly [Intent, string])[] = [
  [
    'film',
    'music videos?|videos?|(?:video )?clips?|films?|movies?|animations?|footage|time-?lapses?|trailers?',
  ],
  ['mesh', '3-?d(?: (?:models?|mesh(?:es)?|objects?|versions?|assets?))?|mesh(?:es)?|glbs?'],
  [
    'effect',
    'sound effects?|sfx|foley|ambien(?:ce|t sounds?)|soundscapes?|(?<!\\bsound\\s)noises?|sounds?(?!\\s?tracks?)',
  ],
  [
    'music',
    'songs?|music|sound\\s?tracks?|(?:music )?tracks?|tunes?|jingles?|melod(?:y|ies)|instrumentals?|ballads?|anthems?|lullab(?:y|ies)|theme songs?|beats?',
  ],
  [
    'speech',
    'voice-?\\s?overs?|narrations?|speech|spoken (?:words?|lines?)|audio ?books?|monologues?|voice (?:lines?|clones?)',
  ],
  ['annotation', 'transcripts?|transcriptions?|subtitles?|captions?|annotations?'],
  [
    'picture',
    'pictures?|images?|photos?|photographs?|pics?|paintings?|drawings?|illustrations?|sketch(?:es)?|posters?|logos?|portraits?|wallpapers?|artworks?|icons?|covers?|renderings?|renders?|banners?|postcards?|thumbnails?|stills?',
  ],
];

/** Words for several of what was spoken of before. */
export const versionNouns = 'variations?|variants?|versions?|takes|options|alternatives';

/** Where the description begins, and no noun tells any more what is made. */
export const descriptionWords =
  'of|about|showing|with|without|that|which|who|whose|where|depicting|featuring|from|for|in|on|at|saying|says|to|into|based|using|by|like|as|when|while|over';

/** Verbs of making, whose noun tells what. */
export const makingVerbs =
  'make|create|generate|produce|design|build|render|do|prepare|record|write|add|give|get|need|put|want|turn|convert|transform';

/** What may stand before a clause and says nothing. */
export const politeness =
  /^(?:(?:please|can you|could you|would you|will you|can we|could we|i(?:'d| would) (?:like|love)(?: you)?(?: to)?|i want(?: you)?(?: to)?|i need(?: you)?(?: to)?|we need|let's|let us|now|first(?:ly)?|first of all|next|kindly|hey|hi|hello|okay|ok|so|and|but|then|also|finally|lastly|just|go ahead and|help me(?: to)?|show me|i wish to|afterwards|after that|once that is done|try to)\b[\s,:!-]*)+/i;

/** Clauses that ask, refuse, thank or decide, and make nothing. */
export const idleClauses: readonly RegExp[] = [
  /^(?:how|what|what's|which|why|when|who|where|is|are|was|does|did|has|have you|do you|do i|am)\b/i,
  /^(?:don't|do not|never|no |without|not )/i,
  /^(?:thanks|thank you|cheers|great|good|nice|perfect|yes|no|sure|bye|sorry|wow|awesome|lovely|i like|well done|that (?:is|'s|would be|looks))\b/i,
  /^(?:approve|execute|run (?:it|this|the plan|everything)|pay|spend|charge|buy|confirm|ignore|disregard|skip the|go ahead)\b/i,
];
