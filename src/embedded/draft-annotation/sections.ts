import type { AnnotatedLine, AnnotatedSection, SectionKind } from '../../media/annotation.ts';
import { round } from './beats.ts';

const kindWords: readonly { words: RegExp; kind: SectionKind }[] = [
  { words: /pre-?\s?chorus|\bbuild/i, kind: 'pre-chorus' },
  { words: /post-?\s?chorus/i, kind: 'post-chorus' },
  { words: /chorus|refrain|hook/i, kind: 'chorus' },
  { words: /verse|strophe/i, kind: 'verse' },
  { words: /intro|opening/i, kind: 'intro' },
  { words: /outro|ending|coda/i, kind: 'outro' },
  { words: /bridge|middle/i, kind: 'bridge' },
  { words: /solo/i, kind: 'solo' },
  { words: /break/i, kind: 'breakdown' },
  { words: /drop/i, kind: 'drop' },
  { words: /inst/i, kind: 'instrumental' },
  { words: /interlude/i, kind: 'interlude' },
];

/** What a tag such as `Final Chorus` means. */
export function kindOfLabel(label: string): SectionKind {
  return kindWords.find(({ words }) => words.test(label))?.kind ?? 'other';
}

/**
 * Sections of the transcript's tags: each begins with its first line and lasts until the next one. A section
 * without lines lies between its neighbours' lines; several in a row share that time equally.
 */
export function sectionsFromTags(
  labels: readonly string[],
  lines: readonly AnnotatedLine[],
  durationSeconds: number,
): AnnotatedSection[] {
  const linesOf = (section: number) => lines.filter((line) => line.sectionIndex === section);
  const starts = labels.map((_, section) => linesOf(section)[0]?.startSeconds ?? null);
  const filled: number[] = [];
  for (const [section, start] of starts.entries()) {
    filled.push(start ?? startWithoutLines(section, { starts, linesOf, durationSeconds }));
  }
  return labels.map((label, index) => ({
    index,
    label,
    kind: kindOfLabel(label),
    startSeconds: round(filled[index] ?? 0, 3),
    endSeconds: round(filled[index + 1] ?? durationSeconds, 3),
    source: 'tag',
  }));
}

function startWithoutLines(
  section: number,
  {
    starts,
    linesOf,
    durationSeconds,
  }: {
    starts: readonly (number | null)[];
    linesOf: (section: number) => AnnotatedLine[];
    durationSeconds: number;
  },
): number {
  const before = starts.findLastIndex((start, index) => index < section && start !== null);
  const after = starts.findIndex((start, index) => index > section && start !== null);
  const gapStart = before < 0 ? 0 : (linesOf(before).at(-1)?.endSeconds ?? 0);
  const gapEnd = after < 0 ? durationSeconds : (starts[after] ?? durationSeconds);
  const empty = (after < 0 ? starts.length : after) - before - 1;
  return gapStart + ((section - before - 1) * Math.max(0, gapEnd - gapStart)) / empty;
}

/** Sections where the sound changes, without names. */
export function sectionsFromNovelty(
  boundaries: readonly number[],
  durationSeconds: number,
): AnnotatedSection[] {
  const edges = [0, ...boundaries.filter((boundary) => boundary < durationSeconds), durationSeconds];
  return edges.slice(0, -1).map((startSeconds, index) => ({
    index,
    label: `Part ${index + 1}`,
    kind: 'other',
    startSeconds: round(startSeconds, 3),
    endSeconds: round(edges[index + 1] ?? durationSeconds, 3),
    source: 'novelty',
  }));
}
