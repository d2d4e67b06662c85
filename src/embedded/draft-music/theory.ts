export type Mode = 'major' | 'minor' | 'dorian' | 'mixolydian' | 'lydian' | 'phrygian';

/** Semitones above the tonic of each scale step. */
export const scaleSteps: Record<Mode, readonly number[]> = {
  major: [0, 2, 4, 5, 7, 9, 11],
  minor: [0, 2, 3, 5, 7, 8, 10],
  dorian: [0, 2, 3, 5, 7, 9, 10],
  mixolydian: [0, 2, 4, 5, 7, 9, 10],
  lydian: [0, 2, 4, 6, 7, 9, 11],
  phrygian: [0, 1, 3, 5, 7, 8, 10],
};

export const keyNames = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B'] as const;

export interface Key {
  /** Pitch class of the tonic, 0 (C) … 11 (B). */
  tonic: number;
  mode: Mode;
}

/** Pitches are MIDI numbers: 69 is A4, 440 Hz. */
export function frequencyOf(pitch: number): number {
  return 440 * 2 ** ((pitch - 69) / 12);
}

/** The pitch of scale step `step` (0 is the tonic, 7 an octave above, −1 the step below) over `octavePitch`. */
export function pitchOfStep(key: Key, step: number, octavePitch: number): number {
  const octave = Math.floor(step / 7);
  const within = scaleSteps[key.mode][step - octave * 7] ?? 0;
  return octavePitch + key.tonic + octave * 12 + within;
}

export interface Chord {
  /** Scale step of the root, 0..6. */
  degree: number;
  /** Pitch class of the root. */
  root: number;
  /** Pitch classes from the root up: triad, or with its seventh. */
  tones: number[];
}

/**
 * The chord on a scale step, built in thirds from the scale. On the fifth step of minor its third is raised
 * where `leading` asks for the pull of a dominant.
 */
export function chordOn(
  key: Key,
  degree: number,
  options: { seventh?: boolean; leading?: boolean } = {},
): Chord {
  const steps = options.seventh ? [0, 2, 4, 6] : [0, 2, 4];
  const tones = steps.map((step) => pitchOfStep(key, degree + step, 0) % 12);
  if (options.leading && degree === 4) tones[1] = (key.tonic + 11) % 12;
  return { degree, root: tones[0] ?? 0, tones };
}

/**
 * The chord as pitches near `centre` that move least from `previous` (smooth voice leading): every inversion
 * around the centre is tried.
 */
export function voiceChord(chord: Chord, options: { centre: number; previous: readonly number[] }): number[] {
  const { centre, previous } = options;
  let best: number[] = [];
  let leastCost = Number.POSITIVE_INFINITY;
  for (let lowest = centre - 9; lowest <= centre + 3; lowest++) {
    const first = chord.tones.indexOf(((lowest % 12) + 12) % 12);
    if (first < 0) continue;
    const voicing = stack(chord.tones, first, lowest);
    const movement = voicing.reduce((sum, pitch, i) => sum + Math.abs(pitch - (previous[i] ?? pitch)), 0);
    const middle = voicing.reduce((sum, pitch) => sum + pitch, 0) / voicing.length;
    const cost = movement + Math.abs(middle - centre) * 1.2;
    if (cost < leastCost) {
      leastCost = cost;
      best = voicing;
    }
  }
  return best;
}

/** Pitches upward from `lowest`, which carries tone number `first` of the chord. */
function stack(tones: readonly number[], first: number, lowest: number): number[] {
  const voicing = [lowest];
  for (let i = 1; i < tones.length; i++) {
    const tone = tones[(first + i) % tones.length] ?? 0;
    const below = voicing.at(-1) ?? lowest;
    voicing.push(below + ((((tone - below) % 12) + 12) % 12 || 12));
  }
  return voicing;
}

/** The pitch of class `pitchClass` nearest to `near`. */
export function nearestPitch(pitchClass: number, near: number): number {
  const up = (((pitchClass - near) % 12) + 12) % 12;
  return near + (up > 6 ? up - 12 : up);
}
