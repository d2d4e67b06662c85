import { filter } from '../sound/biquad.ts';
import { applyCurve, applyDecay } from '../sound/envelope.ts';
import { brownNoise, pinkNoise, wander, whiteNoise } from '../sound/noise.ts';
import { addPartials } from '../sound/partials.ts';
import { addSignal, samplesIn } from '../sound/signal.ts';
import { sweepFilter } from '../sound/sweep-filter.ts';
import { addTone } from '../sound/wavetable.ts';
import { drive } from './drive.ts';
import type { Family, SoundRequest } from './family.ts';
import { scatterGrains } from './grains.ts';
import { ringBody } from './materials.ts';

/** A blast of air: noise whose cutoff falls, over a sine that drops. */
function blast(
  request: SoundRequest,
  shape: { seconds: number; openHz: number; thumpHz: number; fallSeconds: number },
): Float32Array {
  const { random } = request;
  const signal = whiteNoise(samplesIn(shape.seconds), random);
  sweepFilter(signal, {
    kind: 'lowpass',
    cutoffAt: (seconds) => 120 + shape.openHz * Math.exp(-seconds / shape.fallSeconds),
    resonance: 0.1,
  });
  applyDecay(signal, { attackSeconds: 0.0004, decaySeconds: shape.seconds });
  const thump = new Float32Array(signal.length);
  const { thumpHz } = shape;
  addTone(thump, {
    shape: 'sine',
    frequencyOf: (seconds) => thumpHz * (0.45 + 0.55 * Math.exp(-seconds / 0.05)),
    gain: 0.9,
  });
  applyDecay(thump, { attackSeconds: 0.001, decaySeconds: shape.seconds * 0.6 });
  addSignal({ from: thump, into: signal, at: 0, gain: 1 });
  return signal;
}

function gunshot(request: SoundRequest): Float32Array {
  const { size, random } = request;
  const seconds = Math.min(request.seconds, 0.35 + size * 0.9);
  const signal = blast(request, { seconds, openHz: 9000, thumpHz: 190 - size * 90, fallSeconds: 0.045 });
  const crack = filter(whiteNoise(samplesIn(0.012), random), { kind: 'highpass', frequencyHz: 1800 });
  applyDecay(crack, { attackSeconds: 0.0002, decaySeconds: 0.01 });
  addSignal({ from: crack, into: signal, at: 0, gain: 1.6 });
  drive(signal, 3);
  return signal;
}

function explosion(request: SoundRequest): Float32Array {
  const { size, random, detail } = request;
  const seconds = Math.min(request.seconds, 2.2 + size * 3.5);
  const signal = blast(request, { seconds, openHz: 3800, thumpHz: 95 - size * 45, fallSeconds: 0.28 });
  const rumble = filter(brownNoise(signal.length, random), { kind: 'lowpass', frequencyHz: 160 });
  applyCurve(rumble, (time) => Math.min(1, time / 0.08) * Math.exp((-4 * time) / seconds));
  addSignal({ from: rumble, into: signal, at: 0, gain: 2.2 });
  const debris = new Float32Array(signal.length);
  scatterGrains(debris, {
    perSecond: (time) => 60 * detail * Math.exp(-time / (seconds * 0.35)),
    random,
    make: (draw) => knockGrain(draw, 500 + draw() * 3500),
  });
  addSignal({ from: debris, into: signal, at: samplesIn(0.12), gain: 0.14 });
  drive(signal, 2.2);
  return signal;
}

function thunder(request: SoundRequest): Float32Array {
  const { random, size } = request;
  const seconds = Math.min(request.seconds, 4 + size * 5);
  const signal = brownNoise(samplesIn(seconds), random);
  filter(signal, { kind: 'lowpass', frequencyHz: 170 }, { kind: 'lowpass', frequencyHz: 260 });
  const roll = wander({ seconds, ratePerSecond: 5, random });
  applyCurve(signal, (time) => {
    const swell = Math.min(1, time / 0.12) * Math.exp((-3 * time) / seconds);
    return 5 * swell * (0.25 + 0.75 * roll(time) ** 2);
  });
  const crack = whiteNoise(samplesIn(0.9), random);
  sweepFilter(crack, { kind: 'lowpass', cutoffAt: (time) => 250 + 3200 * Math.exp(-time / 0.09) });
  applyDecay(crack, { attackSeconds: 0.002, decaySeconds: 0.9 });
  addSignal({ from: crack, into: signal, at: samplesIn(0.05), gain: 0.5 * request.force });
  return signal;
}

function impact(request: SoundRequest): Float32Array {
  const { size, material, random, force } = request;
  const rings = material === 'metal' ? 2.2 : 0.7;
  const seconds = Math.min(request.seconds, rings + size);
  const signal = blast(request, {
    seconds,
    openHz: 1200 + 3500 * force,
    thumpHz: 170 - size * 110,
    fallSeconds: 0.02 + 0.02 * size,
  });
  applyCurve(signal, (time) => Math.exp(-time / (0.09 + 0.12 * size)));
  ringBody(signal, { material, size, gain: material === 'plain' ? 0.5 : 0.9, random });
  return signal;
}

function glassBreak(request: SoundRequest): Float32Array {
  const { random, size, detail } = request;
  const seconds = Math.min(request.seconds, 1.3 + size);
  const signal = new Float32Array(samplesIn(seconds));
  const crack = filter(whiteNoise(samplesIn(0.08), random), { kind: 'highpass', frequencyHz: 2500 });
  applyDecay(crack, { attackSeconds: 0.0003, decaySeconds: 0.07 });
  addSignal({ from: crack, into: signal, at: 0, gain: 1.1 });
  ringBody(signal, { material: 'glass', size: size * 0.8, gain: 0.4, random });
  scatterGrains(signal, {
    perSecond: (time) => 140 * detail * Math.exp(-time / (seconds * 0.28)),
    random,
    make: (draw) => {
      const shard = new Float32Array(samplesIn(0.25));
      ringBody(shard, { material: 'glass', size: draw() * 0.7, gain: 0.4, random: draw });
      return shard;
    },
  });
  return signal;
}

/** A short knock around `hz`. */
export function knockGrain(random: () => number, hz: number): Float32Array {
  const grain = filter(whiteNoise(samplesIn(0.03), random), { kind: 'bandpass', frequencyHz: hz, q: 1.5 });
  applyDecay(grain, { attackSeconds: 0.0006, decaySeconds: 0.025 });
  return grain;
}

function click(request: SoundRequest): Float32Array {
  const { random, material, size } = request;
  const signal = new Float32Array(samplesIn(0.22));
  // Two contacts: the press and, a little later, the latch.
  for (const [at, gain] of [
    [0, 0.7],
    [0.045 + 0.03 * random(), 1],
  ] as const) {
    const start = samplesIn(at);
    addSignal({ from: knockGrain(random, 3200 - size * 1600), into: signal, at: start, gain: gain * 1.5 });
    const body = material === 'wood' ? 'wood' : 'metal';
    ringBody(signal, { material: body, size: 0.15, gain: gain * 0.12, random, at: start });
    addPartials(
      signal,
      [{ frequencyHz: 1400 + random() * 800, amplitude: gain * 0.3, decaySeconds: 0.02 }],
      start,
    );
  }
  applyDecay(signal, { attackSeconds: 0.0002, decaySeconds: 0.25 });
  return signal;
}

function splash(request: SoundRequest): Float32Array {
  const { random, size } = request;
  const seconds = Math.min(request.seconds, 1 + size * 1.2);
  const signal = pinkNoise(samplesIn(seconds), random);
  sweepFilter(signal, {
    kind: 'bandpass',
    cutoffAt: (time) => 700 + 3500 * Math.exp(-time / 0.25),
    resonance: 0.1,
  });
  applyCurve(signal, (time) => Math.min(1, time / 0.02) * Math.exp((-4 * time) / seconds) * 3);
  return signal;
}

export const impactFamilies: readonly Family[] = [
  {
    name: 'gun shot',
    words: /gun|pistol|rifle|shotgun|revolver|musket|sniper|\bshots?\b|gunfire|firearm/,
    kind: 'moment',
    leadSeconds: 0.9,
    render: gunshot,
  },
  {
    name: 'explosion',
    words: /explo|\bblast|detonat|\bbomb|grenade|\bboom\b|cannon|firework|dynamite/,
    kind: 'moment',
    leadSeconds: 1.6,
    render: explosion,
  },
  { name: 'thunder', words: /thunder|lightning/, kind: 'moment', leadSeconds: 2.5, render: thunder },
  {
    name: 'glass break',
    words: /glass|shatter|window (?:break|smash)|bottle/,
    kind: 'moment',
    leadSeconds: 0.8,
    render: glassBreak,
  },
  {
    name: 'click',
    words: /click|switch|button|latch|\bcock|reload|snap|toggle|\block/,
    kind: 'moment',
    decibels: -10,
    leadSeconds: 0.35,
    render: click,
  },
  { name: 'splash', words: /splash|plunge/, kind: 'moment', leadSeconds: 0.8, render: splash },
  {
    name: 'impact',
    words:
      /impact|\bhit|punch|slam|thud|crash|smash|bang|\bkick|dropped|falls\b|clang|clank|bump|collision|stomp|\bhammer/,
    kind: 'moment',
    leadSeconds: 0.7,
    render: impact,
  },
];
