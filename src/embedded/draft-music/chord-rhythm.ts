import { humanise, type BarClock } from './bar-clock.ts';
import type { ChordStyle, Instrument } from './genre.ts';
import type { Note } from './score.ts';

export interface ChordBar {
  style: ChordStyle;
  instrument: Instrument;
  /** The chord's pitches, low to high. */
  voicing: readonly number[];
  bar: number;
  clock: BarClock;
  velocity: number;
  random: () => number;
}

/** Beat, length in beats, accent. */
type Hit = readonly [beat: number, length: number, accent: number];

const hits: Record<Exclude<ChordStyle, 'broken' | 'arpeggio'>, readonly Hit[]> = {
  held: [[0, 4, 0.8]],
  strummed: [
    [0, 0.95, 1],
    [1, 0.48, 0.8],
    [1.5, 0.9, 0.6],
    [2.5, 0.45, 0.65],
    [3, 0.5, 0.85],
    [3.5, 0.45, 0.6],
  ],
  stabs: [
    [0, 0.3, 0.9],
    [0.75, 0.25, 0.7],
    [1.5, 0.35, 0.9],
    [2.75, 0.3, 0.75],
  ],
  offbeat: [0.5, 1.5, 2.5, 3.5].map((beat) => [beat, 0.3, 0.85] as const),
  power: [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5].map((beat) => [beat, 0.47, beat % 2 === 0 ? 1 : 0.72] as const),
  'oom-pah': [
    [1, 0.7, 0.85],
    [2, 0.7, 0.75],
  ],
  comping: [
    [0, 1.4, 0.75],
    [1.5, 0.9, 0.65],
    [2.75, 1.1, 0.7],
  ],
};

/** One bar of chords in a player's manner. */
export function chordBar(options: ChordBar): Note[] {
  switch (options.style) {
    case 'broken':
      return brokenBar(options, 0.5);
    case 'arpeggio':
      return brokenBar(options, 0.25);
    case 'held':
    case 'strummed':
    case 'stabs':
    case 'offbeat':
    case 'power':
    case 'comping':
    case 'oom-pah':
      return hits[options.style]
        .filter(([beat]) => beat < options.clock.beatsPerBar)
        .flatMap((hit) => blockChord(options, hit));
  }
}

function blockChord(options: ChordBar, [beat, length, accent]: Hit): Note[] {
  const { clock, bar, instrument, random, velocity } = options;
  const isGuitar = instrument.endsWith('guitar');
  const root = options.voicing[0] ?? 48;
  const pitches = options.style === 'power' ? powerChord(options.voicing) : options.voicing;
  // A strum runs over the strings, upwards on off-beats; fingers fall together but for a few milliseconds.
  const strumSeconds = isGuitar && options.style !== 'power' ? 0.013 : 0.002;
  const isUp = beat % 1 !== 0;
  const full = options.style === 'strummed' && isGuitar ? [root - 12, ...pitches] : pitches;
  return full.map((pitch, i) => ({
    instrument,
    startSeconds:
      clock.at(bar, beat) +
      (isUp ? full.length - 1 - i : i) * strumSeconds +
      Math.abs(humanise(random, 0.006)),
    seconds: Math.min(length, clock.beatsPerBar - beat) * clock.beatSeconds,
    pitch,
    velocity: velocity * accent * (0.92 + random() * 0.12),
  }));
}

/** Root, fifth and octave, low. */
function powerChord(voicing: readonly number[]): number[] {
  const sorted = voicing.map((pitch) => pitch - 12);
  const root = sorted[0] ?? 40;
  return [root, root + 7, root + 12];
}

/** The chord's notes one by one, up and down over two octaves. */
function brokenBar(options: ChordBar, stepBeats: number): Note[] {
  const { clock, bar, instrument, random, velocity } = options;
  const rising = [...options.voicing, ...options.voicing.slice(0, 2).map((pitch) => pitch + 12)];
  const order = [...rising, ...rising.slice(1, -1).toReversed()];
  const count = Math.round(clock.beatsPerBar / stepBeats);
  return Array.from({ length: count }, (_, i) => ({
    instrument,
    startSeconds: clock.at(bar, i * stepBeats) + Math.abs(humanise(random, 0.005)),
    seconds: stepBeats * clock.beatSeconds * (stepBeats > 0.3 ? 2.2 : 1),
    pitch: order[i % order.length] ?? 60,
    velocity: velocity * (i % 4 === 0 ? 0.95 : 0.72) * (0.92 + random() * 0.14),
  }));
}
