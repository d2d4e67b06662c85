import type { BarClock } from './bar-clock.ts';
import type { BassStyle, Instrument } from './genre.ts';
import type { Note } from './score.ts';
import { type Chord, nearestPitch } from './theory.ts';

/** Beats, lengths in beats and semitones or 'fifth' over the root of one bar of four. */
type Step = readonly [beat: number, length: number, interval: 'root' | 'fifth' | 'octave' | 'third'];

const eighths = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5];
const patterns: Record<Exclude<BassStyle, 'walking'>, readonly Step[]> = {
  roots: [
    [0, 1.9, 'root'],
    [2.5, 0.45, 'root'],
    [3, 0.9, 'fifth'],
  ],
  eighths: eighths.map((beat) => [beat, 0.45, beat === 3.5 ? 'fifth' : 'root'] as const),
  octaves: eighths.map((beat) => [beat, 0.42, beat % 1 === 0 ? 'root' : 'octave'] as const),
  offbeat: [0.5, 1.5, 2.5, 3.5].map((beat) => [beat, 0.42, beat === 3.5 ? 'octave' : 'root'] as const),
  syncopated: [
    [0, 0.7, 'root'],
    [0.75, 0.3, 'root'],
    [1.5, 0.8, 'octave'],
    [2.5, 0.45, 'fifth'],
    [3.25, 0.6, 'root'],
  ],
  long: [[0, 3.9, 'root']],
  alternating: [
    [0, 0.9, 'root'],
    [1, 0.6, 'root'],
    [2, 0.9, 'fifth'],
    [3, 0.6, 'fifth'],
  ],
};

/** One bar of bass. */
export function bassBar(options: {
  style: BassStyle;
  instrument: Instrument;
  chord: Chord;
  next: Chord;
  bar: number;
  clock: BarClock;
  velocity: number;
}): Note[] {
  const { clock, chord, instrument, bar } = options;
  const root = nearestPitch(chord.root, instrument === 'sub bass' ? 33 : 38);
  const note = (beat: number, length: number, pitch: number): Note => ({
    instrument,
    startSeconds: clock.at(bar, beat),
    seconds: length * clock.beatSeconds,
    pitch,
    velocity: options.velocity * (beat === 0 ? 1 : 0.86),
  });
  if (options.style === 'walking') {
    return walk({ chord, root, target: nearestPitch(options.next.root, root) })
      .slice(0, clock.beatsPerBar)
      .map((pitch, beat) => note(beat, 0.92, pitch));
  }
  return patterns[options.style]
    .filter(([beat]) => beat < clock.beatsPerBar)
    .map(([beat, length, interval]) =>
      note(beat, Math.min(length, clock.beatsPerBar - beat), root + intervalOf(interval, chord)),
    );
}

function intervalOf(interval: Step[2], chord: Chord): number {
  switch (interval) {
    case 'root':
      return 0;
    case 'octave':
      return 12;
    case 'third':
      return ((chord.tones[1] ?? chord.root) - chord.root + 12) % 12;
    case 'fifth':
      return ((chord.tones[2] ?? chord.root) - chord.root + 12) % 12;
  }
}

/** Root, third, fifth, then a semitone beside the next root. */
function walk({ chord, root, target }: { chord: Chord; root: number; target: number }): number[] {
  const approach = target > root ? target - 1 : target + 1;
  return [root, root + intervalOf('third', chord), root + intervalOf('fifth', chord), approach];
}
