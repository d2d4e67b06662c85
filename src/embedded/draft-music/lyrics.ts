import { splitSyllables, type Syllable } from './syllables.ts';

export type SectionKind =
  | 'intro'
  | 'verse'
  | 'pre-chorus'
  | 'chorus'
  | 'final chorus'
  | 'bridge'
  | 'instrumental'
  | 'breakdown'
  | 'outro';

export interface LyricSection {
  kind: SectionKind;
  /** As the lyrics call it, without brackets. */
  label: string;
  /** Sung lines, each in syllables. */
  lines: Syllable[][];
}

/** In order: the first that fits wins. */
const kindPatterns: readonly [RegExp, SectionKind][] = [
  [/pre[\s-]*chorus|pre[\s-]*hook|build|lift|rise/i, 'pre-chorus'],
  [/(final|last|big|outro)\s*(chorus|hook|refrain)/i, 'final chorus'],
  [/chorus|hook|refrain|coro|refrain|drop/i, 'chorus'],
  [/intro|opening|start/i, 'intro'],
  [/outro|ending|end|coda|fade/i, 'outro'],
  [/bridge|middle|puente/i, 'bridge'],
  [/break(down)?$|breakdown|silence/i, 'breakdown'],
  [/solo|instrumental|interlude|inst\b/i, 'instrumental'],
];

const header = /^\s*\[([^\]]{1,60})\]\s*(.*)$/;

/** Splits lyrics into sections at `[Label]` lines; without any, at blank lines. Empty lyrics have no sections. */
export function parseLyrics(lyrics: string): LyricSection[] {
  const lines = lyrics.split(/\r?\n/);
  const sections = lines.some((line) => header.test(line)) ? splitAtHeaders(lines) : splitAtBlanks(lines);
  markFinalChorus(sections);
  return sections;
}

export function kindOf(label: string): SectionKind {
  return kindPatterns.find(([pattern]) => pattern.test(label))?.[1] ?? 'verse';
}

function splitAtHeaders(lines: readonly string[]): LyricSection[] {
  const sections: LyricSection[] = [];
  for (const line of lines) {
    const [, label, rest] = header.exec(line) ?? [];
    if (label !== undefined) sections.push({ kind: kindOf(label), label: label.trim(), lines: [] });
    const text = label === undefined ? line : (rest ?? '');
    const syllables = splitSyllables(text);
    if (syllables.length === 0) continue;
    const current = sections.at(-1) ?? { kind: 'verse' as const, label: 'Verse', lines: [] };
    if (sections.length === 0) sections.push(current);
    current.lines.push(syllables);
  }
  return sections;
}

/** Stanzas without names: a repeated stanza is the chorus, otherwise verse and chorus take turns. */
function splitAtBlanks(lines: readonly string[]): LyricSection[] {
  const stanzas = lines
    .join('\n')
    .split(/\n\s*\n/)
    .map((stanza) => stanza.trim())
    .filter((stanza) => stanza !== '');
  const repeated = stanzas.find((stanza, index) => stanzas.indexOf(stanza) !== index);
  return stanzas.map((stanza, index) => {
    const isChorus = repeated === undefined ? index % 2 === 1 : stanza === repeated;
    const sung = stanza.split('\n').map(splitSyllables);
    return {
      kind: isChorus ? 'chorus' : 'verse',
      label: isChorus ? 'Chorus' : 'Verse',
      lines: sung.filter((line) => line.length > 0),
    };
  });
}

/** The last of several choruses is the big one, unless the lyrics name one. */
function markFinalChorus(sections: LyricSection[]): void {
  if (sections.some((section) => section.kind === 'final chorus')) return;
  const choruses = sections.filter((section) => section.kind === 'chorus');
  const last = choruses.at(-1);
  if (last && choruses.length > 1) last.kind = 'final chorus';
}
