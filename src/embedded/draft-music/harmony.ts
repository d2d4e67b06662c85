import { hashText, seededRandom } from '../../media/random.ts';
import type { Form, PlannedSection } from './form.ts';
import type { Style } from './style.ts';
import { type Chord, chordOn, type Mode } from './theory.ts';

/** Scale steps of the roots, one a bar, by mode. */
const progressions: Record<Mode, readonly (readonly number[])[]> = {
  major: [
    [0, 4, 5, 3],
    [5, 3, 0, 4],
    [0, 5, 3, 4],
    [0, 3, 5, 4],
    [3, 0, 4, 5],
  ],
  minor: [
    [0, 5, 2, 6],
    [0, 3, 5, 6],
    [0, 6, 5, 6],
    [5, 6, 0, 0],
    [0, 2, 6, 3],
  ],
  dorian: [
    [0, 3, 0, 3],
    [0, 6, 3, 0],
    [0, 2, 3, 6],
  ],
  mixolydian: [
    [0, 6, 3, 0],
    [0, 3, 6, 3],
    [0, 4, 6, 3],
  ],
  lydian: [
    [0, 1, 0, 4],
    [0, 4, 1, 5],
    [5, 1, 0, 4],
  ],
  phrygian: [
    [0, 1, 0, 1],
    [0, 5, 1, 0],
    [0, 2, 1, 0],
  ],
};
const jazzProgressions: readonly (readonly number[])[] = [
  [1, 4, 0, 5],
  [0, 5, 1, 4],
  [2, 5, 1, 4],
];
const countryProgressions: readonly (readonly number[])[] = [
  [0, 3, 0, 4],
  [0, 0, 3, 4],
  [3, 0, 4, 0],
];

/** The chord before home: what makes the end of a phrase lean forward. */
const cadenceDegree: Record<Mode, number> = {
  major: 4,
  minor: 4,
  dorian: 3,
  mixolydian: 6,
  lydian: 4,
  phrygian: 1,
};

/** One chord a bar for the whole song, and the tonic that ends it. */
export function planHarmony(form: Form, style: Style, seed: number): Chord[] {
  const make = (degree: number) =>
    chordOn(style.key, degree, {
      seventh: style.genre.sevenths ?? false,
      leading: style.key.mode === 'minor',
    });
  const chords = form.sections.flatMap((section, index) =>
    sectionDegrees({ section, next: form.sections[index + 1], style, seed }).map(make),
  );
  return [...chords, chordOn(style.key, 0)];
}

function sectionDegrees(options: {
  section: PlannedSection;
  next: PlannedSection | undefined;
  style: Style;
  seed: number;
}): number[] {
  const { section, next, style } = options;
  const choices = progressionsFor(style);
  const random = seededRandom(options.seed ^ hashText('harmony'));
  const first = Math.floor(random() * choices.length);
  const offset = { verse: 0, chorus: 1, bridge: 2 }[harmonicFamily(section)];
  const progression = choices[(first + offset) % choices.length] ?? [0];
  const barsPerChord = style.groove === 'none' && section.bars >= 4 ? 2 : 1;
  const degrees = Array.from(
    { length: section.bars },
    (_, bar) => progression[Math.floor(bar / barsPerChord) % progression.length] ?? 0,
  );
  const leadsOn = next === undefined || next.kind === 'chorus' || next.kind === 'final chorus';
  if (leadsOn && section.bars > 1) degrees[section.bars - 1] = cadenceDegree[style.key.mode];
  return degrees;
}

function harmonicFamily({ kind }: PlannedSection): 'verse' | 'chorus' | 'bridge' {
  if (kind === 'chorus' || kind === 'final chorus' || kind === 'instrumental') return 'chorus';
  return kind === 'bridge' || kind === 'breakdown' || kind === 'pre-chorus' ? 'bridge' : 'verse';
}

function progressionsFor(style: Style): readonly (readonly number[])[] {
  if (style.genre.bass === 'walking' && style.key.mode === 'major') return jazzProgressions;
  if (style.genre.name === 'country' && style.key.mode === 'major') return countryProgressions;
  return progressions[style.key.mode];
}
