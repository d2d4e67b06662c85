import { filter } from '../sound/biquad.ts';
import { applyCurve } from '../sound/envelope.ts';
import { brownNoise, pinkNoise, wander, whiteNoise } from '../sound/noise.ts';
import { addSignal, fadeEnds, samplesIn } from '../sound/signal.ts';
import { sweepFilter } from '../sound/sweep-filter.ts';
import { addTone } from '../sound/wavetable.ts';
import type { Family, SoundRequest } from './family.ts';
import { scatterGrains } from './grains.ts';

function wind(request: SoundRequest): Float32Array {
  const { seconds, random, force, speed } = request;
  const gust = wander({ seconds, ratePerSecond: 0.7 * speed, random });
  const body = pinkNoise(samplesIn(seconds), random);
  sweepFilter(body, {
    kind: 'bandpass',
    cutoffAt: (time) => 180 + 500 * force * gust(time),
    resonance: 0.35,
  });
  applyCurve(body, (time) => 1.6 * (0.12 + 0.88 * gust(time) ** 1.5));
  const howl = whiteNoise(body.length, random);
  sweepFilter(howl, { kind: 'bandpass', cutoffAt: (time) => 380 + 620 * gust(time + 0.2), resonance: 0.955 });
  applyCurve(howl, (time) => gust(time) ** 2);
  addSignal({ from: howl, into: body, at: 0, gain: 5 + 5 * force });
  return body;
}

function rain(request: SoundRequest): Float32Array {
  const { seconds, random, force, detail } = request;
  const wash = filter(
    whiteNoise(samplesIn(seconds), random),
    { kind: 'highpass', frequencyHz: 700 },
    { kind: 'highshelf', frequencyHz: 7000, gain: -5 },
  );
  const shower = wander({ seconds, ratePerSecond: 0.6, random });
  applyCurve(wash, (time) => (0.1 + 0.16 * force) * (0.8 + 0.4 * shower(time)));
  scatterGrains(wash, {
    perSecond: 260 * detail * (0.4 + force),
    random,
    make: (draw) => dropGrain(draw, 1400 + draw() * 4500),
    kinds: 40,
  });
  return wash;
}

/** A drop: a short noisy tick with a little pitch. */
function dropGrain(random: () => number, hz: number): Float32Array {
  const grain = filter(whiteNoise(samplesIn(0.012), random), { kind: 'bandpass', frequencyHz: hz, q: 2.5 });
  fadeEnds(grain, { inSeconds: 0.0005, outSeconds: 0.01 });
  return grain.map((value) => value * 2.5);
}

function ocean(request: SoundRequest): Float32Array {
  const { seconds, random, size, speed } = request;
  const period = (6 + size * 3) / speed;
  const offset = random() * 0.3;
  const wave = (time: number) => {
    const phase = (time / period + offset) % 1;
    return phase < 0.45 ? (phase / 0.45) ** 2 : ((1 - phase) / 0.55) ** 1.4;
  };
  const body = filter(pinkNoise(samplesIn(seconds), random), { kind: 'lowpass', frequencyHz: 5000 });
  sweepFilter(body, { kind: 'lowpass', cutoffAt: (time) => 350 + 4200 * wave(time), resonance: 0.05 });
  applyCurve(body, (time) => 0.25 + 1.2 * wave(time));
  const foam = filter(whiteNoise(body.length, random), { kind: 'highpass', frequencyHz: 3000 });
  applyCurve(foam, (time) => 0.25 * wave(time - period * 0.08) ** 2);
  addSignal({ from: foam, into: body, at: 0, gain: 1 });
  return body;
}

/** Bubbles ring at a pitch that rises as they near the surface (M. Minnaert, 1933). */
function bubbleGrain(random: () => number): Float32Array {
  const grain = new Float32Array(samplesIn(0.05 + random() * 0.06));
  const hz = 350 + random() * 1400;
  addTone(grain, { shape: 'sine', frequencyOf: (time) => hz * (1 + time * 5), gain: 0.6 });
  applyCurve(grain, (time) => Math.min(1, time / 0.003) * Math.exp(-time / 0.018), 0.001);
  fadeEnds(grain, { inSeconds: 0.001, outSeconds: 0.01 });
  return grain;
}

function bubbles(request: SoundRequest): Float32Array {
  const { seconds, random, detail, speed } = request;
  const signal = filter(brownNoise(samplesIn(seconds), random), { kind: 'lowpass', frequencyHz: 400 });
  applyCurve(signal, () => 0.12);
  const flow = wander({ seconds, ratePerSecond: 1.5, random });
  scatterGrains(signal, {
    perSecond: (time) => 26 * detail * speed * (0.3 + flow(time)),
    random,
    make: bubbleGrain,
    kinds: 30,
  });
  return signal;
}

function stream(request: SoundRequest): Float32Array {
  const { seconds, random, detail, force } = request;
  const signal = filter(
    pinkNoise(samplesIn(seconds), random),
    { kind: 'bandpass', frequencyHz: 1100, q: 0.4 },
    { kind: 'highpass', frequencyHz: 250 },
  );
  applyCurve(signal, () => 0.35 + force * 0.4);
  scatterGrains(signal, { perSecond: 75 * detail, random, make: bubbleGrain, kinds: 40 });
  return signal;
}

function fire(request: SoundRequest): Float32Array {
  const { seconds, random, detail, force } = request;
  const lick = wander({ seconds, ratePerSecond: 4, random });
  const signal = filter(brownNoise(samplesIn(seconds), random), { kind: 'lowpass', frequencyHz: 320 });
  applyCurve(signal, (time) => (0.25 + 0.45 * force) * (0.4 + lick(time)));
  const hiss = filter(whiteNoise(signal.length, random), { kind: 'bandpass', frequencyHz: 3800, q: 0.5 });
  applyCurve(hiss, (time) => 0.03 + 0.05 * lick(time + 0.1));
  addSignal({ from: hiss, into: signal, at: 0, gain: 1 });
  scatterGrains(signal, {
    perSecond: (time) => 20 * detail * (0.2 + lick(time) ** 2 * 1.8),
    random,
    make: (draw) => {
      const crackle = filter(whiteNoise(samplesIn(0.004 + draw() * 0.014), draw), {
        kind: 'bandpass',
        frequencyHz: 900 + draw() * 4500,
        q: 0.9,
      });
      fadeEnds(crackle, { inSeconds: 0.0003, outSeconds: 0.004 });
      return crackle.map((value) => value * 2);
    },
  });
  return signal;
}

export const weatherFamilies: readonly Family[] = [
  { name: 'rain', words: /\brain|drizzle|downpour|shower|storm(?!ing)/, kind: 'lasting', render: rain },
  {
    name: 'wind',
    words: /\bwind(?!ow)|breeze|gust|gale|blizzard|hurricane|tornado/,
    kind: 'lasting',
    render: wind,
  },
  {
    name: 'ocean waves',
    words: /ocean|\bsea\b|waves?\b|surf|beach|shore|tide/,
    kind: 'lasting',
    render: ocean,
  },
  {
    name: 'bubbles',
    words: /bubbl|boiling|underwater|aquarium|drip|\bdrops?\b|droplet/,
    kind: 'lasting',
    render: bubbles,
  },
  {
    name: 'stream',
    words: /water|stream|river|creek|brook|waterfall|fountain|\btap\b|pour|liquid/,
    kind: 'lasting',
    render: stream,
  },
  {
    name: 'fire',
    words: /\bfire\b|fireplace|campfire|flame|burn|crackl|bonfire|torch/,
    kind: 'lasting',
    render: fire,
  },
];
