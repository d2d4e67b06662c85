import { fileFormats, languages } from './limits.ts';
import { numberPattern, readNumber } from './number-words.ts';
import { namedSizes, type Ratio, ratios, shapeWords } from './shape-words.ts';

/** What a clause says in numbers and words that have one meaning. Left out: nothing was said. */
export interface Amounts {
  durationSeconds?: number;
  ratio?: Ratio;
  /** In pixels. */
  size?: { width: number; height: number };
  fps?: number;
  /** As the tasks spell it. */
  format?: string;
  isHighDetail?: boolean;
  isExtremeQuality?: boolean;
  isHighQuality?: boolean;
  isFast?: boolean;
  seed?: number;
  kbps?: number;
  faceCount?: number;
  overlapFrames?: number;
  /** ISO 639-1. */
  language?: string;
}

type Reader = readonly [pattern: RegExp, read: (found: RegExpExecArray) => Amounts | null];

const number = `(${numberPattern}|an?|half an?)`;
const long = String.raw`(?:[\s-]*(?:each|long|in length|in duration))*`;
const lead = String.raw`(?:\b(?:for|lasting|about|around|that lasts|of about|of around|of|by|at)\s+)*`;
const minutes = String.raw`[\s-]*(?:minutes?|mins?)\b`;
const seconds = String.raw`[\s-]*(?:seconds?|secs?)\b`;
const formats = [...fileFormats.keys()].join('|');

/** Tried in this order, each wherever it fits; what they have read is no part of a description. */
const readers: readonly Reader[] = [
  [
    new RegExp(String.raw`${lead}\b${number}${minutes}(?:\s+and)?\s+${number}${seconds}${long}`, 'i'),
    ([, m = '', s = '']) => ({ durationSeconds: 60 * amount(m) + amount(s) }),
  ],
  [
    new RegExp(String.raw`${lead}\b${number}${minutes}(\s+and a half)?${long}`, 'i'),
    ([, m = '', half]) => ({ durationSeconds: 60 * (amount(m) + (half ? 0.5 : 0)) }),
  ],
  [
    new RegExp(String.raw`${lead}\b${number}${seconds}${long}`, 'i'),
    ([, s = '']) => ({ durationSeconds: amount(s) }),
  ],
  // `80s music` is of a decade.
  [
    new RegExp(String.raw`${lead}\b(\d{1,3}(?:\.\d+)?)\s?s\b${long}`, 'i'),
    ([whole, s = '']) => (isDecade(whole, s) ? null : { durationSeconds: Number(s) }),
  ],
  [
    /(?:\b(?:with|at|up to|about)\s+)?(\d[\d,.]*)\s*(k\b)?\s*(?:faces|triangles|polygons|polys)\b/i,
    ([, count = '', k]) => ({ faceCount: Number(count.replaceAll(/[,.](?=\d{3})/g, '')) * (k ? 1000 : 1) }),
  ],
  [
    /(?:\b(?:with|and)\s+)?(?:an?\s+)?overlap(?:ping)?(?:\s+(?:of|by))?\s+(\d+)\s*(?:frames?)?/i,
    ([, frames]) => ({ overlapFrames: Number(frames) }),
  ],
  [
    /(?:\b(?:with|and)\s+)?(?:an?\s+)?(\d+)[\s-]*frames?\s+(?:of\s+)?overlap/i,
    ([, frames]) => ({ overlapFrames: Number(frames) }),
  ],
  [
    /(?:\b(?:at|with|in)\s+)?\b(\d{1,3}(?:\.\d+)?)\s*(?:fps|frames (?:per|a) second)\b/i,
    ([, fps]) => ({ fps: Number(fps) }),
  ],
  [
    /(?:\b(?:at|in|of|with|sized?)\s+)*(?:a\s+(?:size|resolution)(?:\s+of)?\s*)?\b(\d{2,5})\s*(?:x|×|by)\s*(\d{2,5})\b(?:\s*(?:px|pixels?)\b)?/i,
    ([, width, height]) => ({ size: { width: Number(width), height: Number(height) } }),
  ],
  ...namedSizes.map(([pattern, size]): Reader => [pattern, () => ({ size })]),
  [
    /(?:\b(?:in|with|at|as)\s+)?(?:an?\s+)?(?:aspect ratio(?: of)?\s*)?\b(\d{1,2})\s?:\s?(\d{1,2})\b(?:\s*(?:aspect(?: ratio)?|format|ratio))?/i,
    ([, width, height]) => readRatio(Number(width), Number(height)),
  ],
  ...shapeWords.map(([ratio, pattern]): Reader => [pattern, () => ({ ratio })]),
  [
    /(?:\b(?:with|using|and)\s+)?(?:the\s+)?\bseed\s*(?:=|:|of|number)?\s*(\d{1,10})\b/i,
    ([, seed]) => ({ seed: Number(seed) }),
  ],
  [
    /(?:\b(?:at|in|with)\s+)?\b(\d{2,3})\s*(?:kbps|kbit\/s|k\b)(?:\s*quality)?/i,
    ([, kbps]) => ({ kbps: Number(kbps) }),
  ],
  [
    new RegExp(
      String.raw`(?:\b(?:as|in|into)\s+)?(?:an?\s+|the\s+)?\.?\b(${formats})\b(?:\s+(?:files?|format))?`,
      'i',
    ),
    ([, format = '']) => ({ format: fileFormats.get(format.toLowerCase()) ?? format }),
  ],
  [
    /\b(?:(?:in|with|at)\s+)?(?:very\s+|extra\s+)?high(?:est)?[- ]details?\b(?:\s+mode)?/i,
    () => ({ isHighDetail: true }),
  ],
  [
    /\b(?:(?:in|with|at)\s+)?(?:the\s+)?(?:extreme|maximum|max)[- ]quality\b/i,
    () => ({ isExtremeQuality: true }),
  ],
  [
    /\b(?:(?:in|with|at)\s+)?(?:the\s+)?(?:high|highest|best|top)[- ]quality\b/i,
    () => ({ isHighQuality: true }),
  ],
  [
    /\b(?:(?:in|as|with)\s+)?(?:a\s+)?(?:(?:quick|fast|rough)\s+draft|draft quality|fast preset|fast mode)\b/i,
    () => ({ isFast: true }),
  ],
  [
    new RegExp(String.raw`\bin (${[...languages.keys()].join('|')})\b`),
    ([, name = '']) => ({ language: languages.get(name) ?? 'en' }),
  ],
];

/** Reads the amounts of a clause and answers the words that are left. What is said twice holds as said first. */
export function readAmounts(text: string): { amounts: Amounts; words: string } {
  let words = text;
  let amounts: Amounts = {};
  for (const [pattern, read] of readers) {
    const found = pattern.exec(words);
    const value = found && read(found);
    if (!found || !value) continue;
    amounts = { ...value, ...amounts };
    words = `${words.slice(0, found.index)} ${words.slice(found.index + found[0].length)}`;
  }
  return { amounts, words: words.replaceAll(/[^\S\n]+/g, ' ').trim() };
}

function amount(text: string): number {
  if (/^half/i.test(text)) return 0.5;
  return /^an?$/i.test(text) ? 1 : readNumber(text);
}

function isDecade(whole: string, digits: string): boolean {
  return /^[5-9]0$/.test(digits) && !/\bfor\b|long/i.test(whole);
}

function readRatio(width: number, height: number): Amounts | null {
  const ratio = ratios.find(([w, h]) => w === width && h === height);
  return ratio ? { ratio } : null;
}
