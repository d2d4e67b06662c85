import { filter } from '../sound/biquad.ts';
import { applyCurve, applyDecay } from '../sound/envelope.ts';
import { blendVowels, throughMouth, vowelShapes } from '../sound/formants.ts';
import { pinkNoise, wander, whiteNoise } from '../sound/noise.ts';
import { addSignal, fadeEnds, sampleRate, samplesIn } from '../sound/signal.ts';
import { sweepFilter } from '../sound/sweep-filter.ts';
import { addTone } from '../sound/wavetable.ts';
import type { Family, SoundRequest } from './family.ts';
import { scatterGrains } from './grains.ts';
import { knockGrain } from './impacts.ts';
import { ringBody } from './materials.ts';

function whoosh(request: SoundRequest): Float32Array {
  const { random, size, speed, direction } = request;
  const seconds = Math.min(request.seconds, (0.45 + size * 1.1) / speed);
  const signal = pinkNoise(samplesIn(seconds), random);
  const peak = direction === 'rising' ? 0.8 : direction === 'falling' ? 0.2 : 0.45;
  const hump = (time: number) => {
    const part = Math.min(1, time / seconds);
    return part < peak ? (part / peak) ** 2 : ((1 - part) / (1 - peak)) ** 1.5;
  };
  const top = 3800 - size * 2200;
  sweepFilter(signal, { kind: 'bandpass', cutoffAt: (time) => 250 + top * hump(time), resonance: 0.5 });
  applyCurve(signal, (time) => 2.5 * hump(time));
  return signal;
}

/** Repeats one short sound: `at` gives each start, or ends the row with null. */
function train(
  request: SoundRequest,
  options: { nextGap: (index: number) => number; make: (index: number) => Float32Array },
): Float32Array {
  const signal = new Float32Array(samplesIn(request.seconds));
  let seconds = 0.06;
  for (let index = 0; seconds < request.seconds - 0.1; index++) {
    addSignal({
      from: options.make(index),
      into: signal,
      at: samplesIn(seconds),
      gain: 0.75 + 0.25 * request.random(),
    });
    seconds += Math.max(0.03, options.nextGap(index));
  }
  return signal;
}

function footsteps(request: SoundRequest): Float32Array {
  const { random, size, speed, material } = request;
  return train(request, {
    nextGap: () => (0.56 / speed) * (0.96 + 0.08 * random()),
    make: (index) => {
      const step = new Float32Array(samplesIn(0.3));
      const weight = index % 2 === 0 ? 1 : 0.85;
      for (const [at, hz, gain] of [
        [0, 110 + 120 * (1 - size), 1.5],
        [0.07 + 0.03 * random(), 600, 0.7],
      ] as const) {
        const thud = filter(whiteNoise(samplesIn(0.09), random), {
          kind: 'bandpass',
          frequencyHz: hz,
          q: 1.1,
        });
        applyDecay(thud, { attackSeconds: 0.003, decaySeconds: 0.1 });
        addSignal({ from: thud, into: step, at: samplesIn(at), gain: gain * weight * 1.6 });
      }
      const grit = filter(whiteNoise(samplesIn(0.12), random), { kind: 'highpass', frequencyHz: 2500 });
      applyCurve(grit, (time) => Math.min(1, time / 0.01) * Math.exp(-time / 0.03));
      addSignal({ from: grit, into: step, at: samplesIn(0.03), gain: 0.12 });
      if (material !== 'plain') ringBody(step, { material, size: 0.4, gain: 0.2, random });
      return step;
    },
  });
}

function knocking(request: SoundRequest): Float32Array {
  const { random, size, speed, material } = request;
  const perGroup = 3;
  return train(request, {
    nextGap: (index) => (index % perGroup === perGroup - 1 ? 1.3 : 0.19 + 0.02 * random()) / speed,
    make: () => {
      const knock = new Float32Array(samplesIn(0.25));
      const body = material === 'plain' ? 'wood' : material;
      ringBody(knock, { material: body, size: 0.35 + size * 0.5, gain: 0.9, random });
      addSignal({ from: knockGrain(random, 900), into: knock, at: 0, gain: 1.4 });
      fadeEnds(knock, { inSeconds: 0.0005, outSeconds: 0.05 });
      return knock;
    },
  });
}

function typing(request: SoundRequest): Float32Array {
  const { random, speed } = request;
  return train(request, {
    nextGap: (index) => ((index % 6 === 5 ? 0.2 : 0.06) + 0.11 * random() ** 2) / speed,
    make: () => {
      const key = new Float32Array(samplesIn(0.12));
      addSignal({ from: knockGrain(random, 2600 + random() * 1500), into: key, at: 0, gain: 1 });
      addSignal({ from: knockGrain(random, 700), into: key, at: samplesIn(0.008), gain: 0.8 });
      addSignal({ from: knockGrain(random, 3600), into: key, at: samplesIn(0.07), gain: 0.3 });
      return key;
    },
  });
}

function heartbeat(request: SoundRequest): Float32Array {
  const { speed, size } = request;
  return train(request, {
    nextGap: (index) => (index % 2 === 0 ? 0.28 : 0.6) / speed,
    make: (index) => {
      const beat = new Float32Array(samplesIn(0.3));
      const hz = (index % 2 === 0 ? 62 : 74) - size * 14;
      addTone(beat, { shape: 'sine', frequencyOf: (time) => hz * (1 + Math.exp(-time / 0.03)), gain: 1 });
      applyCurve(beat, (time) => Math.min(1, time / 0.012) * Math.exp(-time / 0.06), 0.002);
      return beat;
    },
  });
}

/** Stick and slip: pulses whose rate wanders, through the resonances of a door. */
function creak(request: SoundRequest): Float32Array {
  const { random, size, speed } = request;
  const seconds = Math.min(request.seconds, (1.2 + size) / speed);
  const signal = new Float32Array(samplesIn(seconds));
  const rub = wander({ seconds, ratePerSecond: 5, random });
  let at = 0;
  while (at < signal.length) {
    signal[at] = 0.6 + 0.4 * random();
    const hz = 45 + 190 * rub(at / sampleRate) * (1.2 - size * 0.5);
    at += Math.max(40, Math.round((sampleRate / hz) * (0.92 + 0.16 * random())));
  }
  for (const frequencyHz of [420, 870, 1460, 2350]) {
    filter(signal, { kind: 'peak', frequencyHz: frequencyHz * (1.2 - size * 0.4), q: 9, gain: 20 });
  }
  filter(signal, { kind: 'highpass', frequencyHz: 250 }, { kind: 'lowpass', frequencyHz: 4200 });
  applyCurve(
    signal,
    (time) => Math.min(1, time / 0.1) * Math.min(1, (seconds - time) / 0.15) * (0.4 + rub(time)),
  );
  return signal;
}

function applause(request: SoundRequest): Float32Array {
  const { random, detail, size, seconds } = request;
  const signal = new Float32Array(samplesIn(seconds));
  scatterGrains(signal, {
    perSecond: (60 + 320 * size) * detail,
    random,
    kinds: 48,
    make: (draw) => {
      const clap = filter(whiteNoise(samplesIn(0.022), draw), {
        kind: 'bandpass',
        frequencyHz: 800 + draw() * 1700,
        q: 1.3,
      });
      applyDecay(clap, { attackSeconds: 0.0006, decaySeconds: 0.03 });
      return clap;
    },
  });
  applyCurve(signal, (time) => Math.min(1, 0.4 + time / 1.2) * Math.min(1, 0.35 + (seconds - time) / 2));
  return signal;
}

/** Many voices, none understood: syllables of random pitch and vowel. */
function crowd(request: SoundRequest): Float32Array {
  const { random, seconds, force, detail } = request;
  const signal = new Float32Array(samplesIn(seconds));
  const voices = Math.round(9 + 5 * detail);
  for (let voice = 0; voice < voices; voice++) {
    // Each speaks a few seconds and says it again; as all have their own length, nobody hears the repeat.
    const cycleSeconds = Math.min(seconds, 5 + 3 * random());
    const speech = babble({ random, seconds: cycleSeconds, force });
    for (let at = 0; at < signal.length; at += speech.length)
      addSignal({ from: speech, into: signal, at, gain: 1 });
  }
  const room = filter(pinkNoise(signal.length, random), { kind: 'bandpass', frequencyHz: 700, q: 0.6 });
  addSignal({ from: room, into: signal, at: 0, gain: 0.08 });
  return filter(signal, { kind: 'peak', frequencyHz: 1800, q: 0.6, gain: 7 });
}

/** One voice saying nothing. */
function babble({
  random,
  seconds,
  force,
}: Pick<SoundRequest, 'random' | 'seconds' | 'force'>): Float32Array {
  const range = random() < 0.5 ? 'low' : 'high';
  const pitch = (range === 'low' ? 105 : 190) * (0.85 + 0.5 * random()) * (1 + 0.5 * force);
  const melody = wander({ seconds, ratePerSecond: 2.4, random });
  const speech = wander({ seconds, ratePerSecond: 4.2, random });
  const source = new Float32Array(samplesIn(seconds));
  addTone(source, { shape: 'saw', frequencyOf: (time) => pitch * (0.85 + 0.35 * melody(time)), gain: 0.3 });
  filter(source, { kind: 'highshelf', frequencyHz: 600, gain: 14 });
  const shapes = vowelShapes[range];
  const voiced = throughMouth(source, (time) => blendVowels(shapes.a, shapes.i, speech(time)));
  applyCurve(voiced, (time) => Math.max(0, speech(time + 0.13) - 0.35) ** 1.2);
  fadeEnds(voiced, { inSeconds: 0.03, outSeconds: 0.05 });
  return voiced;
}

export const foleyFamilies: readonly Family[] = [
  {
    name: 'footsteps',
    words: /foot ?steps?|walking|running feet|\bsteps\b|boots|marching/,
    kind: 'train',
    render: footsteps,
  },
  {
    name: 'door creak',
    words: /creak|squeak|hinge|door open/,
    kind: 'moment',
    leadSeconds: 1.4,
    render: creak,
  },
  { name: 'knock', words: /knock|rapping|tapping on/, kind: 'train', render: knocking },
  { name: 'typing', words: /typing|keyboard|typewriter/, kind: 'train', decibels: -3, render: typing },
  { name: 'heartbeat', words: /heart ?beat|\bpulse\b|heart\b/, kind: 'train', render: heartbeat },
  { name: 'applause', words: /applau|clapping|ovation/, kind: 'lasting', render: applause },
  {
    name: 'crowd',
    words: /crowd|chatter|people|audience|cheer|murmur|stadium|restaurant|cafe|market/,
    kind: 'lasting',
    render: crowd,
  },
  {
    name: 'whoosh',
    words:
      /whoosh|swish|swoosh|swing|whip|fly ?by|pass(?:es|ing)? by|sweep|slash|sword|arrow|transition|throw/,
    kind: 'moment',
    leadSeconds: 0.7,
    render: whoosh,
  },
];
