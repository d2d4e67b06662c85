import { filter } from '../sound/biquad.ts';
import { applyCurve } from '../sound/envelope.ts';
import { brownNoise, pinkNoise, wander } from '../sound/noise.ts';
import { addSignal, sampleRate, samplesIn } from '../sound/signal.ts';
import { sweepFilter } from '../sound/sweep-filter.ts';
import { addTone } from '../sound/wavetable.ts';
import { drive } from './drive.ts';
import type { Family, SoundRequest } from './family.ts';

/** Revolutions over the length: up, down or steady with a wobble. */
function revs(request: SoundRequest, time: number): number {
  const part = time / Math.max(0.1, request.seconds);
  if (request.direction === 'rising') return 0.6 + 1.5 * part ** 1.3;
  return request.direction === 'falling' ? 1.6 - 1.1 * part : 1;
}

function engine(request: SoundRequest): Float32Array {
  const { seconds, random, size, speed } = request;
  const idle = wander({ seconds, ratePerSecond: 3, random });
  const firingHz = (time: number) =>
    (96 - size * 56) * speed * revs(request, time) * (0.97 + 0.06 * idle(time));
  const signal = new Float32Array(samplesIn(seconds));
  addTone(signal, { shape: 'saw', frequencyOf: firingHz, gain: 0.7 });
  addTone(signal, { shape: 'pulse', frequencyOf: (time) => firingHz(time) / 2, gain: 0.6 });
  const exhaust = filter(pinkNoise(signal.length, random), { kind: 'lowpass', frequencyHz: 900 });
  chop(exhaust, firingHz);
  addSignal({ from: exhaust, into: signal, at: 0, gain: 1 });
  drive(signal, 1.6);
  filter(
    signal,
    { kind: 'peak', frequencyHz: 130, q: 1, gain: 5 },
    { kind: 'peak', frequencyHz: 520, q: 1.2, gain: 7 },
  );
  sweepFilter(signal, { kind: 'lowpass', cutoffAt: (time) => 1300 + 1900 * revs(request, time) ** 1.5 });
  return signal;
}

/** Lets noise through in puffs, `hz` of them a second. */
function chop(signal: Float32Array, hzOf: (seconds: number) => number): void {
  let phase = 0;
  for (let i = 0; i < signal.length; i++) {
    if (i % 32 === 0) phase %= 1;
    phase += hzOf(i / sampleRate) / sampleRate;
    signal[i] = (signal[i] ?? 0) * (0.25 + 1.5 * Math.exp(-5 * (phase % 1)));
  }
}

function hum(request: SoundRequest): Float32Array {
  const { seconds, random, size, speed } = request;
  const base = 96 - size * 48;
  const drift = wander({ seconds, ratePerSecond: 0.6 * speed, random });
  const signal = new Float32Array(samplesIn(seconds));
  for (const [ratio, gain] of [
    [1, 0.5],
    [1.006, 0.5],
    [1.5, 0.25],
    [2.003, 0.3],
    [4.02, 0.08],
  ] as const) {
    const frequencyOf = (time: number) => base * ratio * revs(request, time) * (0.99 + 0.02 * drift(time));
    addTone(signal, { shape: 'saw', frequencyOf, gain, phase: random() });
  }
  sweepFilter(signal, { kind: 'lowpass', cutoffAt: (time) => 260 + 900 * drift(time), resonance: 0.45 });
  const air = filter(pinkNoise(signal.length, random), { kind: 'bandpass', frequencyHz: 700, q: 0.5 });
  addSignal({ from: air, into: signal, at: 0, gain: 0.3 });
  return signal;
}

function drone(request: SoundRequest): Float32Array {
  const { seconds, random, size } = request;
  const base = 110 * 2 ** -size * (1 + 0.2 * random());
  const signal = brownNoise(samplesIn(seconds), random);
  filter(signal, { kind: 'lowpass', frequencyHz: 500 });
  applyCurve(signal, () => 0.25);
  for (const ratio of [1, 1.5, 2, 2.25, 3, 4.5]) {
    const swell = wander({ seconds, ratePerSecond: 0.35, random });
    const tone = new Float32Array(signal.length);
    const hz = base * ratio * (0.997 + 0.006 * random());
    addTone(tone, {
      shape: 'triangle',
      frequencyOf: () => hz,
      gain: 0.5 / Math.sqrt(ratio),
      phase: random(),
    });
    applyCurve(tone, (time) => 0.15 + 0.85 * swell(time) ** 2, 0.02);
    addSignal({ from: tone, into: signal, at: 0, gain: 1 });
  }
  return signal;
}

export const machineFamilies: readonly Family[] = [
  {
    name: 'engine',
    words:
      /engine|motor|\bcars?\b|truck|vehicle|tractor|helicopter|airplane|aircraft|\bplane|\btrain\b|lawn ?mower|generator|chainsaw/,
    kind: 'lasting',
    render: engine,
  },
  {
    name: 'hum',
    words:
      /\bhum|spaceship|space ship|starship|reactor|machine(?! ?gun)|electric|\bbuzz|server|\bfan\b|air condition|refrigerator|force field|sci-?fi/,
    kind: 'lasting',
    render: hum,
  },
  {
    name: 'drone',
    words: /drone|ambien|atmospher|eerie|ominous|\bpad\b|suspense|horror/,
    kind: 'lasting',
    decibels: -4,
    render: drone,
  },
];
