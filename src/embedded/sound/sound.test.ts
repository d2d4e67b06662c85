import { expect, test } from 'bun:test';
import { seededRandom } from '../../media/random.ts';
import { filter } from './biquad.ts';
import { applyAdsr } from './envelope.ts';
import { integratedLoudness } from './loudness.ts';
import { limitTruePeaks } from './limiter.ts';
import { brownNoise, pinkNoise, whiteNoise } from './noise.ts';
import { pluckedString } from './plucked-string.ts';
import { Reverb } from './reverb.ts';
import { createStereo, gainOf, samplePeak, sampleRate } from './signal.ts';
import { sweepFilter } from './sweep-filter.ts';
import { addTone } from './wavetable.ts';

const tone = (frequencyHz: number, seconds: number, gain = 1) => {
  const signal = new Float32Array(sampleRate * seconds);
  addTone(signal, { shape: 'sine', frequencyOf: () => frequencyHz, gain });
  return signal;
};
const rms = (signal: Float32Array) =>
  Math.sqrt(signal.reduce((sum, value) => sum + value ** 2, 0) / signal.length);
/** Strength of one frequency (Goertzel), as the amplitude of a sine. */
const strengthAt = (signal: Float32Array, frequencyHz: number) => {
  let [re, im] = [0, 0];
  for (const [i, value] of signal.entries()) {
    re += value * Math.cos((2 * Math.PI * frequencyHz * i) / sampleRate);
    im += value * Math.sin((2 * Math.PI * frequencyHz * i) / sampleRate);
  }
  return (2 * Math.hypot(re, im)) / signal.length;
};

test('the loudness meter reads −3.01 LUFS for a full-scale 997 Hz sine in one channel, as BS.1770 says', () => {
  const signal = { left: tone(997, 3), right: new Float32Array(sampleRate * 3) };
  expect(integratedLoudness(signal)).toBeCloseTo(-3.01, 1);
});

test('silence has no loudness', () => {
  expect(integratedLoudness(createStereo(sampleRate))).toBe(Number.NEGATIVE_INFINITY);
});

test('a saw has its harmonics and no alias of the ones above the audible', () => {
  const saw = new Float32Array(sampleRate);
  addTone(saw, { shape: 'saw', frequencyOf: () => 5000, gain: 1 });
  expect(strengthAt(saw, 5000)).toBeCloseTo(0.6, 1);
  // The tenth harmonic, 50 kHz, would fold down to 2 kHz.
  expect(strengthAt(saw, 2000)).toBeLessThan(0.001);
});

test('the limiter keeps peaks between samples under its ceiling and leaves quiet sound alone', () => {
  // A sine at a quarter of the rate, sampled 45° off its crests, hides 3 dB between the samples.
  const hidden = Float32Array.from(
    { length: sampleRate },
    (_, i) => 0.95 * Math.sin((Math.PI / 2) * i + Math.PI / 4),
  );
  const signal = { left: hidden.slice(), right: hidden.slice() };
  limitTruePeaks(signal, { ceiling: 0.8 });
  expect(samplePeak(signal.left.subarray(5000))).toBeLessThanOrEqual(0.8 * Math.SQRT1_2 * 1.02);
  expect(samplePeak(signal.left)).toBeLessThanOrEqual(0.8);
  const quiet = { left: tone(440, 1, 0.3), right: tone(440, 1, 0.3) };
  limitTruePeaks(quiet, { ceiling: 0.8 });
  expect(quiet.left).toEqual(tone(440, 1, 0.3));
});

test('the limiter turns down for a peak before it arrives and holds for a second, smaller one', () => {
  const left = tone(200, 1, 0.5);
  left[20_000] = 1.6;
  left[20_100] = 1.2;
  const signal = { left, right: left.slice() };
  limitTruePeaks(signal, { ceiling: 0.8 });
  expect(samplePeak(signal.left)).toBeLessThanOrEqual(0.801);
});

test('filters pass what they should', () => {
  const low = filter(tone(8000, 1), { kind: 'lowpass', frequencyHz: 500 });
  expect(rms(low)).toBeLessThan(0.01);
  const kept = filter(tone(100, 1), { kind: 'lowpass', frequencyHz: 500 });
  expect(rms(kept)).toBeCloseTo(Math.SQRT1_2, 1);
  const shelved = filter(tone(8000, 1), { kind: 'highshelf', frequencyHz: 1000, gain: 6 });
  expect(rms(shelved) / Math.SQRT1_2).toBeCloseTo(gainOf(6), 1);
  const sunk = filter(tone(50, 1), { kind: 'lowshelf', frequencyHz: 1000, gain: -12 });
  expect(rms(sunk) / Math.SQRT1_2).toBeCloseTo(gainOf(-12), 1);
});

test('a sweeping low-pass lets more through as it opens', () => {
  const noise = whiteNoise(sampleRate, seededRandom(1));
  const swept = sweepFilter(noise, { kind: 'lowpass', cutoffAt: (seconds) => 100 * 100 ** seconds });
  expect(rms(swept.subarray(0, 12_000)) * 3).toBeLessThan(rms(swept.subarray(36_000)));
});

test('noise colours fall off as named', () => {
  const octaveDrop = (noise: Float32Array) => {
    const at = (frequencyHz: number) => rms(filter(noise.slice(), { kind: 'bandpass', frequencyHz, q: 1 }));
    return (20 * Math.log10(at(4000) / at(500))) / 3;
  };
  // A constant-Q band grows by 3 dB an octave on white noise.
  expect(octaveDrop(whiteNoise(sampleRate * 2, seededRandom(2)))).toBeCloseTo(3, 0);
  expect(octaveDrop(pinkNoise(sampleRate * 2, seededRandom(2)))).toBeCloseTo(0, 0);
  expect(octaveDrop(brownNoise(sampleRate * 2, seededRandom(2)))).toBeCloseTo(-3, 0);
});

test.each([82.4, 220, 440, 987.8])('a plucked string is in tune at %d Hz', (frequencyHz) => {
  const string = pluckedString({
    frequencyHz,
    seconds: 1,
    decaySeconds: 3,
    brightness: 0.7,
    random: seededRandom(3),
  });
  const cents = Array.from({ length: 61 }, (_, i) => i - 30);
  const strengths = cents.map((cent) => strengthAt(string, frequencyHz * 2 ** (cent / 1200)));
  const best = cents[strengths.indexOf(Math.max(...strengths))] ?? 99;
  expect(Math.abs(best)).toBeLessThanOrEqual(6);
});

test('a note ends in silence', () => {
  const note = tone(440, 1);
  applyAdsr(note, { attack: 0.01, decay: 0.2, sustain: 0.6, release: 0.3 }, 0.7);
  expect(Math.abs(note.at(-1) ?? 1)).toBeLessThan(0.001);
  expect(rms(note.subarray(30_000, 33_600))).toBeGreaterThan(0.3);
});

test('a room dies away by 60 dB in its decay time, differently left and right', () => {
  const input = new Float32Array(sampleRate * 2);
  input[0] = 1;
  const room = createStereo(input.length);
  new Reverb({ decaySeconds: 1, size: 0.5, damping: 0 }).process(input, room, {
    from: 0,
    to: input.length,
    gain: 1,
  });
  const early = rms(room.left.subarray(0.1 * sampleRate, 0.3 * sampleRate));
  const late = rms(room.left.subarray(1.1 * sampleRate, 1.3 * sampleRate));
  const drop = 20 * Math.log10(early / late);
  expect(drop).toBeGreaterThan(54);
  expect(drop).toBeLessThan(75);
  expect(room.left).not.toEqual(room.right);
});
