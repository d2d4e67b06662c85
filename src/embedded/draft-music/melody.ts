import { hashText, seededRandom } from '../../media/random.ts';
import { humanise, type BarClock } from './bar-clock.ts';
import type { PlannedSection } from './form.ts';
import type { Phrase, SungNote } from './score.ts';
import type { Syllable } from './syllables.ts';
import { type Chord, type Key, pitchOfStep } from './theory.ts';

/** Relative lengths of successive syllables; the same pattern through a section makes it a tune. */
const rhythms: readonly (readonly number[])[] = [
  [2, 1, 1, 2, 2],
  [1, 1, 2, 1, 1, 2],
  [3, 1, 2, 2],
  [1, 2, 1, 2, 2],
  [2, 2, 1, 1, 1, 1],
  [1.5, 1.5, 1, 2, 2],
];
/** Scale steps around the section's centre at the start, middle and end of a line. */
const contours: readonly (readonly [number, number, number])[] = [
  [0, 3, 1],
  [2, -1, 0],
  [-1, 2, 2],
  [1, 3, -1],
  [0, -2, 1],
  [2, 3, 0],
];
/** Part of a line's time that is sung; the rest is breath. */
const sungPart = 0.82;
/** No last syllable is held longer. */
const longestBeats = 4;

export interface MelodyOptions {
  section: PlannedSection;
  /** Every bar's chord, of the whole song. */
  chords: readonly Chord[];
  key: Key;
  clock: BarClock;
  seed: number;
  voice: 'high' | 'low';
}

/** A sung phrase for every line of the section, spread evenly over its bars. */
export function composeMelody(options: MelodyOptions): Phrase[] {
  const { section } = options;
  const halfBars = section.bars * 2;
  const lines = section.lines.slice(0, halfBars);
  return lines.map((syllables, index) => {
    const from = Math.round((index * halfBars) / lines.length) / 2;
    const to = Math.round(((index + 1) * halfBars) / lines.length) / 2;
    return composeLine({ ...options, syllables, index, from, to });
  });
}

function composeLine(
  options: MelodyOptions & { syllables: Syllable[]; index: number; from: number; to: number },
): Phrase {
  const { section, clock, syllables, index } = options;
  const tune = section.kind === 'final chorus' ? 'chorus' : section.kind;
  const random = seededRandom(options.seed ^ hashText(`melody ${tune} ${index % 4}`));
  const touch = seededRandom(options.seed ^ hashText(`touch ${section.startBar} ${index}`));
  const beats = (options.to - options.from) * clock.beatsPerBar;
  const onsets = placeSyllables({ count: syllables.length, beats, random });
  const contour = contours[Math.floor(random() * contours.length)] ?? [0, 2, 0];
  let previousStep: number | null = null;
  const notes = syllables.map((syllable, i): SungNote => {
    const start = onsets[i] ?? 0;
    const end = onsets[i + 1] ?? Math.min(beats * sungPart, start + longestBeats);
    const place = placeOf(options, start);
    const isLast = i === syllables.length - 1;
    const wanted = centreOf(section) + along(contour, i / Math.max(1, syllables.length - 1)) + drift(random);
    const isStrong = Math.abs(start - Math.round(start)) < 0.01;
    const step = isLast
      ? closing(options.chords[place.bar], wanted, index)
      : isStrong
        ? nearestChordStep(options.chords[place.bar], wanted)
        : Math.round(wanted);
    const smooth =
      previousStep === null ? step : Math.max(previousStep - 4, Math.min(previousStep + 4, step));
    previousStep = smooth;
    const startSeconds = clock.at(place.bar, place.beat) + humanise(touch, 0.012);
    const seconds = Math.max(0.09, (end - start) * clock.beatSeconds * (isLast ? 1 : 0.96));
    return { startSeconds, seconds, pitch: singable(options, smooth), syllable };
  });
  return { notes, velocity: 0.55 + 0.4 * section.energy, doubled: section.energy > 0.8 };
}

/** Where in the song a beat of the line lies. */
function placeOf(
  { section, from, clock }: { section: PlannedSection; from: number; clock: BarClock },
  beat: number,
): { bar: number; beat: number } {
  const total = (section.startBar + from) * clock.beatsPerBar + beat;
  const bar = Math.floor(total / clock.beatsPerBar + 1e-9);
  return { bar, beat: total - bar * clock.beatsPerBar };
}

/** Beats at which `count` syllables begin, on eighths where they fit, else on sixteenths or finer. */
function placeSyllables(options: { count: number; beats: number; random: () => number }): number[] {
  const { count, beats, random } = options;
  const rhythm = rhythms[Math.floor(random() * rhythms.length)] ?? [1];
  const usable = beats * sungPart;
  const grid = [0.5, 0.25, 0.125].find((step) => count * step * 1.25 <= usable) ?? usable / (count + 1);
  const pickUp = random() < 0.35 ? grid : 0;
  const lengths = Array.from({ length: count }, (_, i) => rhythm[i % rhythm.length] ?? 1);
  // A line of few syllables keeps moving and holds its last one, rather than spreading thin.
  const spread = Math.min(usable - pickUp - grid, count * 0.85);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  let position = 0;
  let previous = -grid;
  return lengths.map((length) => {
    const onGrid = Math.round((pickUp + (position / total) * spread) / grid) * grid;
    previous = Math.max(previous + grid, onGrid);
    position += length;
    return previous;
  });
}

/** Choruses lie higher than verses; bridges between. */
function centreOf(section: PlannedSection): number {
  switch (section.kind) {
    case 'chorus':
    case 'final chorus':
      return 5;
    case 'pre-chorus':
    case 'bridge':
    case 'instrumental':
      return 4;
    case 'intro':
    case 'verse':
    case 'breakdown':
    case 'outro':
      return 2;
  }
}

function along(contour: readonly [number, number, number], position: number): number {
  const [start, middle, end] = contour;
  return position < 0.5
    ? start + (middle - start) * position * 2
    : middle + (end - middle) * (position - 0.5) * 2;
}

function drift(random: () => number): number {
  return (random() - 0.5) * 2.6;
}

/** The scale step nearest to `wanted` whose note is in the chord's triad. */
function nearestChordStep(chord: Chord | undefined, wanted: number): number {
  const tones = [0, 2, 4].map((third) => ((chord?.degree ?? 0) + third) % 7);
  let best = Math.round(wanted);
  let leastDistance = Number.POSITIVE_INFINITY;
  for (let step = Math.floor(wanted) - 4; step <= wanted + 4; step++) {
    const distance = Math.abs(step - wanted);
    if (tones.includes(((step % 7) + 7) % 7) && distance < leastDistance) {
      leastDistance = distance;
      best = step;
    }
  }
  return best;
}

/** Odd lines ask (end on a third or fifth), even lines answer (end on the chord's root). */
function closing(chord: Chord | undefined, wanted: number, lineIndex: number): number {
  if (lineIndex % 2 === 0) return nearestChordStep(chord, wanted + 1);
  const root = chord?.degree ?? 0;
  return root + 7 * Math.round((wanted - root) / 7);
}

function singable({ key, voice }: MelodyOptions, step: number): number {
  const octavePitch = (key.tonic > 6 ? 48 : 60) - (voice === 'low' ? 12 : 0);
  return pitchOfStep(key, step, octavePitch);
}
