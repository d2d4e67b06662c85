import { filter } from '../sound/biquad.ts';
import { applyCurve, applyDecay } from '../sound/envelope.ts';
import { whiteNoise } from '../sound/noise.ts';
import { addPartials } from '../sound/partials.ts';
import { addSignal, fadeEnds, samplesIn } from '../sound/signal.ts';
import { addTone } from '../sound/wavetable.ts';
import type { Family, SoundRequest } from './family.ts';

function alarm(request: SoundRequest): Float32Array {
  const { seconds, speed, size } = request;
  const signal = new Float32Array(samplesIn(seconds));
  const hz = 1000 * 2 ** ((0.5 - size) * 1.5);
  addTone(signal, {
    shape: 'square',
    frequencyOf: (time) => hz * ((time * speed * 2) % 1 < 0.5 ? 1 : 0.8),
    gain: 0.7,
  });
  applyCurve(signal, (time) => ((time * speed * 4) % 1 < 0.75 ? 1 : 0.02), 0.003);
  return filter(signal, { kind: 'lowpass', frequencyHz: 5000 });
}

function siren(request: SoundRequest): Float32Array {
  const { seconds, speed, random } = request;
  const signal = new Float32Array(samplesIn(seconds));
  const start = random();
  addTone(signal, {
    shape: 'saw',
    frequencyOf: (time) => 520 * 2.4 ** (0.5 - 0.5 * Math.cos(2 * Math.PI * (time * 0.33 * speed + start))),
    gain: 0.7,
  });
  return filter(
    signal,
    { kind: 'bandpass', frequencyHz: 1400, q: 0.6 },
    { kind: 'peak', frequencyHz: 900, q: 1, gain: 4 },
  );
}

function laser(request: SoundRequest): Float32Array {
  const { size, speed, random } = request;
  const seconds = Math.min(request.seconds, (0.28 + size * 0.5) / speed);
  const signal = new Float32Array(samplesIn(seconds));
  const top = 3400 - size * 1600 + random() * 500;
  const rises = request.direction === 'rising';
  const frequencyOf = (time: number) =>
    rises ? 180 + top * (time / seconds) ** 2 : 120 + top * Math.exp((-4.5 * time) / seconds);
  addTone(signal, { shape: 'saw', frequencyOf, gain: 0.6 });
  addTone(signal, { shape: 'square', frequencyOf: (time) => frequencyOf(time) * 1.01, gain: 0.4 });
  const zap = whiteNoise(samplesIn(0.03), random);
  applyDecay(zap, { attackSeconds: 0.0005, decaySeconds: 0.03 });
  addSignal({ from: zap, into: signal, at: 0, gain: 0.5 });
  applyCurve(signal, (time) => Math.exp((-2.2 * time) / seconds));
  fadeEnds(signal, { inSeconds: 0.001, outSeconds: 0.02 });
  return signal;
}

function beep(request: SoundRequest): Float32Array {
  const { size, direction, speed } = request;
  const low = 988 * 2 ** (0.4 - size);
  const [first, second] = direction === 'falling' ? [low * 1.335, low] : [low, low * 1.335];
  const signal = new Float32Array(samplesIn(Math.min(request.seconds, 0.75)));
  const change = 0.08 / speed;
  addTone(signal, { shape: 'square', frequencyOf: (time) => (time < change ? first : second), gain: 0.4 });
  addTone(signal, { shape: 'sine', frequencyOf: (time) => (time < change ? first : second), gain: 0.5 });
  applyCurve(signal, (time) => (time < change ? 1 : Math.exp(-(time - change) / 0.16)), 0.001);
  fadeEnds(signal, { inSeconds: 0.002, outSeconds: 0.05 });
  return signal;
}

/** A struck bell: hum, prime, tierce, quint and nominal, as founders tune them. */
function bell(request: SoundRequest): Float32Array {
  const { size, random } = request;
  const seconds = Math.min(request.seconds, 2 + size * 5);
  const prime = 1100 * 2 ** (-size * 2.6) * (0.95 + 0.1 * random());
  const signal = new Float32Array(samplesIn(seconds));
  const modes = [
    [0.5, 0.5, 1],
    [1, 0.8, 0.75],
    [1.19, 0.6, 0.55],
    [1.5, 0.35, 0.45],
    [2, 0.9, 0.4],
    [2.51, 0.35, 0.28],
    [2.66, 0.3, 0.25],
    [3.01, 0.3, 0.2],
    [4.1, 0.25, 0.14],
  ] as const;
  addPartials(
    signal,
    modes.flatMap(([ratio, amplitude, part]) =>
      // Each mode is a pair a hair apart: the slow beating of a cast bell.
      [0, 0.6 + random()].map((offsetHz) => ({
        frequencyHz: prime * ratio + offsetHz,
        amplitude: amplitude * 0.4,
        decaySeconds: seconds * part,
      })),
    ),
  );
  const strike = filter(whiteNoise(samplesIn(0.02), random), { kind: 'bandpass', frequencyHz: 3200, q: 0.7 });
  applyDecay(strike, { attackSeconds: 0.0005, decaySeconds: 0.02 });
  addSignal({ from: strike, into: signal, at: 0, gain: 0.4 });
  fadeEnds(signal, { inSeconds: 0.0005, outSeconds: 0.2 });
  return signal;
}

function chime(request: SoundRequest): Float32Array {
  const { random, size, detail } = request;
  const signal = new Float32Array(samplesIn(request.seconds));
  const scale = [0, 2, 4, 7, 9, 12, 14, 16];
  const count = Math.max(3, Math.round(Math.min(request.seconds, 4) * 2.5 * detail));
  for (let i = 0; i < count; i++) {
    const start = i === 0 ? 0 : random() * Math.min(request.seconds * 0.7, 4);
    const note = scale[Math.floor(random() * scale.length)] ?? 0;
    const hz = 1250 * 2 ** ((0.5 - size) * 1.6 + note / 12);
    const partials = [1, 2.76, 5.4].map((ratio, k) => ({
      frequencyHz: hz * ratio,
      amplitude: (0.3 + 0.4 * random()) / (1 + 2.2 * k),
      decaySeconds: 2.4 / (1 + 1.4 * k),
    }));
    addPartials(signal, partials, samplesIn(start));
  }
  fadeEnds(signal, { inSeconds: 0.0005, outSeconds: Math.min(0.4, request.seconds / 4) });
  return signal;
}

export const signalFamilies: readonly Family[] = [
  { name: 'siren', words: /siren|police car|ambulance|air raid/, kind: 'lasting', render: siren },
  { name: 'alarm', words: /alarm|klaxon|buzzer|warning/, kind: 'lasting', render: alarm },
  {
    name: 'laser',
    words: /laser|\bzap|blaster|phaser|ray gun|plasma/,
    kind: 'moment',
    leadSeconds: 0.45,
    render: laser,
  },
  {
    name: 'beep',
    words: /coin|beep|blip|notification|\bui\b|ding\b|pickup|power-?up|menu|confirm|error sound/,
    kind: 'moment',
    leadSeconds: 0.45,
    render: beep,
  },
  {
    name: 'chime',
    words: /chimes?\b|wind chime|sparkle|magic|fairy|twinkl|shimmer/,
    kind: 'moment',
    leadSeconds: 2,
    render: chime,
  },
  {
    name: 'bell',
    words: /\bbells?\b|\bgong|church bell|toll|doorbell|cowbell/,
    kind: 'moment',
    leadSeconds: 1.8,
    render: bell,
  },
];
