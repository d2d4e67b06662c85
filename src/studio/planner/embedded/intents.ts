import {
  descriptionWords,
  idleClauses,
  type Intent,
  makingNouns,
  makingVerbs,
  politeness,
  tellingVerbs,
  versionNouns,
} from './intent-words.ts';
import { referenceMark } from './marks.ts';
import { numberPattern } from './number-words.ts';

const making = new RegExp(String.raw`^(?:${makingVerbs})\b`, 'i');
const determiner = new RegExp(String.raw`^(?:an?|another|some|${numberPattern})\b`, 'i');
const describing = new RegExp(String.raw`\s(?:${descriptionWords})\b|[,:\uE000-\uE0FF]`, 'i');
const somethingNew = new RegExp(
  String.raw`^(?:make|create|generate|design|produce|render|build|need|want|get|give)\s+(?:me\s+|us\s+)?(?:an?|some|another|${numberPattern})\b`,
  'i',
);
const versions = new RegExp(String.raw`\b(?:${versionNouns})\b`, 'i');
const nouns = makingNouns.map(
  ([intent, words]) => [intent, new RegExp(String.raw`\b(?:${words})(?![\w-])`, 'gi')] as const,
);

/** A clause without what is only polite. */
export function withoutPoliteness(clause: string): string {
  return clause.trim().replace(politeness, '').trim();
}

/** Whether a clause asks, refuses, thanks or decides. */
export function isIdle(clause: string): boolean {
  return idleClauses.some((pattern) => pattern.test(clause));
}

/** What a clause wants made, or null where it only says more of something else. @param clause without politeness */
export function findIntent(clause: string): Intent | null {
  const verb = tellingVerbs.find(([, pattern]) => pattern.test(clause));
  if (verb) return verb[0];
  const target = /^(?:turn|convert|transform|make|change)\b.*?\b(?:in)?to\b\s+(.*)$/i.exec(clause)?.[1];
  if (target !== undefined && /^(?:turn|convert|transform|change)|\binto\b/i.test(clause)) {
    const noun = madeNoun(target);
    return noun && noun !== 'picture' ? noun : 'edit';
  }
  const isMaking = making.test(clause);
  if (!isMaking && !determiner.test(clause)) return bareNoun(clause);
  const noun = madeNoun(clause.replace(making, ''));
  if (noun) return noun;
  if (versions.test(clause)) return new RegExp(referenceMark).test(clause) ? 'edit' : 'picture';
  if (somethingNew.test(clause)) return 'picture';
  return isMaking ? 'edit' : null;
}

/** `video of a dog`, and not `the video should be short`. */
function bareNoun(clause: string): Intent | null {
  if (/\b(?:should|must|shall|is|are|has to|needs to)\b/i.test(clause)) return null;
  const [intent] =
    nouns.find(([, pattern]) =>
      new RegExp(
        `^(?:[\\w-]+\\s+){0,3}?${pattern.source}\\s*(?:of|about|showing|saying|[\\uE000-\\uE0FF:])`,
        'i',
      ).test(clause),
    ) ?? [];
  return intent ?? null;
}

/** The last noun before the description: in English it says what the others are of. */
function madeNoun(words: string): Intent | null {
  const head = words.slice(0, describing.exec(words)?.index ?? words.length);
  let last: { intent: Intent; end: number; length: number } | null = null;
  for (const [intent, pattern] of nouns) {
    for (const found of head.matchAll(pattern)) {
      const end = found.index + found[0].length;
      const isLater = !last || end > last.end || (end === last.end && found[0].length > last.length);
      if (isLater) last = { intent, end, length: found[0].length };
    }
  }
  return last?.intent ?? null;
}
