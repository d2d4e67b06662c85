import { filter } from '../sound/biquad.ts';
import { applyCurve } from '../sound/envelope.ts';
import { blendVowels, throughMouth, type VowelShape, vowelShapes } from '../sound/formants.ts';
import { level } from '../sound/leveler.ts';
import { whiteNoise } from '../sound/noise.ts';
import { addSignal, fadeEnds, samplesIn } from '../sound/signal.ts';
import { addTone } from '../sound/wavetable.ts';
import type { Phrase, SungNote } from './score.ts';
import type { Onset } from './syllables.ts';
import { frequencyOf } from './theory.ts';

/** Time after the last note for its release. */
const releaseSeconds = 0.25;
const glideSeconds = 0.05;
/** Decibels above 1.4 kHz: the alto's table is darker than the tenor's. */
const presence = { high: 10, low: 2 };

/**
 * Sings one line without words: a buzzing source that glides along the melody, shaped by a mouth that moves
 * through the syllables' vowels, with a breath of noise where a consonant would be.
 * @returns the signal and the second of the song at which it starts
 */
export function singPhrase(
  phrase: Phrase,
  options: { voice: 'high' | 'low'; transpose: number; cents: number; random: () => number },
): { startSeconds: number; signal: Float32Array } {
  const first = phrase.notes[0];
  const last = phrase.notes.at(-1);
  if (!first || !last) return { startSeconds: 0, signal: new Float32Array(0) };
  const startSeconds = first.startSeconds;
  const length = samplesIn(last.startSeconds + last.seconds + releaseSeconds - startSeconds);
  const noteAt = noteFinder(phrase.notes, startSeconds);
  const source = new Float32Array(length);
  const tune = 2 ** ((options.transpose + options.cents / 100) / 12);
  addTone(source, { shape: 'saw', gain: 0.5, frequencyOf: (seconds) => pitchAt(noteAt(seconds)) * tune });
  const breath = whiteNoise(length, options.random);
  addSignal({ from: breath, into: source, at: 0, gain: 0.012 });
  // The formant tables shape a flat spectrum, which a saw has after differentiation.
  flatten(source);
  const shapes = vowelShapes[options.voice];
  const signal = throughMouth(source, (seconds) => {
    const { note, before, since } = noteAt(seconds);
    const mouth = blendVowels(
      shapes[(before ?? note).syllable.vowel],
      shapes[note.syllable.vowel],
      Math.min(1, since / 0.07),
    );
    return openedFor(mouth, frequencyOf(note.pitch) * tune);
  });
  filter(
    signal,
    { kind: 'highpass', frequencyHz: 160 },
    { kind: 'highshelf', frequencyHz: 1400, gain: presence[options.voice] },
  );
  level(signal, { ratio: 0.65, seconds: 0.06 });
  applyCurve(signal, (seconds) => loudnessAt(noteAt(seconds)));
  addConsonants(signal, phrase.notes, options.random);
  fadeEnds(signal, { inSeconds: 0.01, outSeconds: 0.05 });
  return { startSeconds, signal };
}

/** First difference, in place: lifts by 6 dB an octave. */
function flatten(signal: Float32Array): void {
  let previous = 0;
  for (let i = 0; i < signal.length; i++) {
    const value = signal[i] ?? 0;
    signal[i] = (value - 0.97 * previous) * 4;
    previous = value;
  }
}

interface Moment {
  note: SungNote;
  before: SungNote | undefined;
  /** Seconds since the note began; seconds until it ends (negative in its release). */
  since: number;
  until: number;
}

/** Finds the note of a time by walking along; times may only grow, or start again. */
function noteFinder(notes: readonly SungNote[], startSeconds: number): (seconds: number) => Moment {
  let index = 0;
  return (seconds) => {
    const time = startSeconds + seconds;
    if (time < (notes[index]?.startSeconds ?? 0)) index = 0;
    while (index + 1 < notes.length && time >= (notes[index + 1]?.startSeconds ?? 0)) index++;
    const note = notes[index];
    if (!note) throw new RangeError('A phrase without notes can not be sung.');
    const since = time - note.startSeconds;
    return { note, before: notes[index - 1], since, until: note.seconds - since };
  };
}

/** Hertz, gliding from the note before, with a vibrato that comes in on long notes. */
function pitchAt({ note, before, since }: Moment): number {
  const from = before?.pitch ?? note.pitch - 0.6;
  const glide = Math.min(1, since / glideSeconds);
  const pitch = from + (note.pitch - from) * glide * glide * (3 - 2 * glide);
  const depth = Math.min(1, Math.max(0, (since - 0.22) / 0.3)) * 0.28;
  return frequencyOf(pitch + depth * Math.sin(2 * Math.PI * 5.4 * since));
}

/** Singers open the mouth so that its first resonance does not fall under the note they sing. */
function openedFor(mouth: VowelShape, noteHz: number): VowelShape {
  return mouth.map(([frequencyHz, decibels, widthHz], i) =>
    i === 0
      ? ([Math.max(frequencyHz, noteHz * 1.1), decibels, Math.max(widthHz, noteHz * 0.3)] as const)
      : ([frequencyHz, decibels, Math.max(widthHz, noteHz * 0.25)] as const),
  );
}

/** Each syllable swells and closes a little before the next; hard consonants close the mouth first. */
function loudnessAt({ note, since, until }: Moment): number {
  const opening = note.syllable.onset === 'none' ? 0.02 : 0.045;
  const attack = Math.min(1, since / opening);
  const floor = note.syllable.onset === 'plosive' ? 0.05 : 0.35;
  const close = until < 0 ? Math.exp(until / 0.07) : until < 0.05 ? 0.45 + (0.55 * until) / 0.05 : 1;
  return (
    (floor + (1 - floor) * attack) * (until < 0 ? 0.45 * close : close) * Math.max(0.7, 1 - since * 0.12)
  );
}

/** Centre in hertz, seconds and level of each consonant's noise. */
const consonants: Record<Exclude<Onset, 'none' | 'soft'>, readonly [number, number, number]> = {
  plosive: [2600, 0.022, 0.1],
  hiss: [6800, 0.075, 0.075],
};

function addConsonants(signal: Float32Array, notes: readonly SungNote[], random: () => number): void {
  const startSeconds = notes[0]?.startSeconds ?? 0;
  for (const { syllable, startSeconds: at } of notes) {
    if (syllable.onset === 'none' || syllable.onset === 'soft') continue;
    const [frequencyHz, seconds, gain] = consonants[syllable.onset];
    const burst = filter(whiteNoise(samplesIn(seconds), random), { kind: 'bandpass', frequencyHz, q: 1.2 });
    fadeEnds(burst, { inSeconds: seconds * 0.2, outSeconds: seconds * 0.6 });
    addSignal({ from: burst, into: signal, at: samplesIn(at - startSeconds), gain });
  }
}
