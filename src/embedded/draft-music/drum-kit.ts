import { filter } from '../sound/biquad.ts';
import { applyCurve, applyDecay } from '../sound/envelope.ts';
import { whiteNoise } from '../sound/noise.ts';
import { addPartials } from '../sound/partials.ts';
import { addSignal, fadeEnds, samplesIn } from '../sound/signal.ts';
import { sweepFilter } from '../sound/sweep-filter.ts';
import { addTone } from '../sound/wavetable.ts';
import type { Kit } from './genre.ts';
import type { Drum } from './score.ts';

interface Strike {
  kit: Kit;
  random: () => number;
  /** Length of a riser. */
  barSeconds: number;
}

/** One hit on a synthesised drum, peak about 1. */
export function strikeDrum(drum: Drum, strike: Strike): Float32Array {
  const { random } = strike;
  switch (drum) {
    case 'kick':
      return kick(strike);
    case 'snare':
      return snare(strike);
    case 'clap':
      return clap(random);
    case 'rim':
      return rim(random);
    case 'hat':
      return metal({ seconds: 0.09, highpassHz: 7000, random });
    case 'open hat':
      return metal({ seconds: 0.42, highpassHz: 6500, random });
    case 'ride':
      return metal({ seconds: 0.7, highpassHz: 4500, random, bell: 0.35 });
    case 'crash':
      return metal({ seconds: 2.2, highpassHz: 2800, random });
    case 'shaker':
      return shaker(random);
    case 'low tom':
      return tom({ hz: strike.kit === 'orchestral' ? 62 : 92, seconds: 0.6, random });
    case 'high tom':
      return tom({ hz: strike.kit === 'orchestral' ? 95 : 148, seconds: 0.42, random });
    case 'boom':
      return tom({ hz: 44, seconds: 1.6, random });
    case 'riser':
      return riser(strike);
  }
}

/** Start and end pitch of the beater's fall, its speed, and the length of the body. */
const kicks: Record<
  Kit,
  { fromHz: number; toHz: number; fallSeconds: number; seconds: number; click: number }
> = {
  acoustic: { fromHz: 140, toHz: 58, fallSeconds: 0.02, seconds: 0.26, click: 0.35 },
  electronic: { fromHz: 260, toHz: 48, fallSeconds: 0.03, seconds: 0.32, click: 0.3 },
  '808': { fromHz: 160, toHz: 44, fallSeconds: 0.035, seconds: 0.75, click: 0.12 },
  dusty: { fromHz: 120, toHz: 60, fallSeconds: 0.022, seconds: 0.22, click: 0.15 },
  orchestral: { fromHz: 95, toHz: 46, fallSeconds: 0.04, seconds: 0.7, click: 0.1 },
};

function kick({ kit, random }: Strike): Float32Array {
  const { fromHz, toHz, fallSeconds, seconds, click } = kicks[kit];
  const signal = new Float32Array(samplesIn(seconds));
  const frequencyOf = (time: number) => toHz + (fromHz - toHz) * Math.exp(-time / fallSeconds);
  addTone(signal, { shape: 'sine', frequencyOf, gain: 1, phase: 0.1 });
  applyDecay(signal, { attackSeconds: 0.001, decaySeconds: seconds * 1.1 });
  const beater = filter(whiteNoise(samplesIn(0.02), random), { kind: 'lowpass', frequencyHz: 5000 });
  applyDecay(beater, { attackSeconds: 0.0005, decaySeconds: 0.012 });
  addSignal({ from: beater, into: signal, at: 0, gain: click });
  fadeEnds(signal, { inSeconds: 0.0005, outSeconds: 0.02 });
  return signal;
}

function snare({ kit, random }: Strike): Float32Array {
  const seconds = kit === 'orchestral' ? 0.32 : kit === 'dusty' ? 0.18 : 0.24;
  const signal = new Float32Array(samplesIn(seconds));
  const tune = kit === 'electronic' ? 1.1 : 1;
  addPartials(signal, [
    { frequencyHz: 186 * tune, amplitude: 0.55, decaySeconds: 0.13 },
    { frequencyHz: 331 * tune, amplitude: 0.3, decaySeconds: 0.09 },
  ]);
  const wires = filter(
    whiteNoise(signal.length, random),
    { kind: 'highpass', frequencyHz: 1300 },
    { kind: kit === 'dusty' ? 'lowpass' : 'peak', frequencyHz: kit === 'dusty' ? 5500 : 4500, gain: 3 },
  );
  applyDecay(wires, { attackSeconds: 0.0007, decaySeconds: seconds * 0.9 });
  addSignal({ from: wires, into: signal, at: 0, gain: 0.62 });
  fadeEnds(signal, { inSeconds: 0.0005, outSeconds: 0.02 });
  return signal;
}

/** Several hands a few milliseconds apart, then the room. */
function clap(random: () => number): Float32Array {
  const signal = filter(
    whiteNoise(samplesIn(0.26), random),
    { kind: 'bandpass', frequencyHz: 1350, q: 1.1 },
    { kind: 'highpass', frequencyHz: 500 },
  );
  const hands = [0, 0.011, 0.023];
  applyCurve(
    signal,
    (time) => {
      const last = hands.findLast((start) => time >= start) ?? 0;
      const fall = last === 0.023 ? 0.055 : 0.006;
      return 2.2 * Math.exp(-(time - last) / fall);
    },
    0.0005,
  );
  fadeEnds(signal, { inSeconds: 0.0005, outSeconds: 0.03 });
  return signal;
}

function rim(random: () => number): Float32Array {
  const signal = new Float32Array(samplesIn(0.09));
  addPartials(signal, [
    { frequencyHz: 1720 * (0.99 + 0.02 * random()), amplitude: 0.6, decaySeconds: 0.05 },
    { frequencyHz: 810, amplitude: 0.4, decaySeconds: 0.06 },
    { frequencyHz: 3900, amplitude: 0.2, decaySeconds: 0.02 },
  ]);
  fadeEnds(signal, { inSeconds: 0.0004, outSeconds: 0.02 });
  return signal;
}

/** Cymbals: six square waves at the TR-808's ratios over noise, high-passed. */
function metal(options: {
  seconds: number;
  highpassHz: number;
  random: () => number;
  bell?: number;
}): Float32Array {
  const { seconds, highpassHz, random } = options;
  const signal = whiteNoise(samplesIn(seconds), random);
  for (const ratio of [2, 3, 4.16, 5.43, 6.79, 8.21]) {
    const hz = 205 * ratio * (0.995 + 0.01 * random());
    addTone(signal, { shape: 'square', frequencyOf: () => hz, gain: 0.28, phase: random() });
  }
  filter(
    signal,
    { kind: 'highpass', frequencyHz: highpassHz },
    { kind: 'highpass', frequencyHz: highpassHz * 0.7 },
  );
  applyDecay(signal, { attackSeconds: 0.0008, decaySeconds: seconds });
  if (options.bell) {
    addPartials(signal, [
      { frequencyHz: 2960, amplitude: 0.12 * options.bell, decaySeconds: seconds },
      { frequencyHz: 4470, amplitude: 0.1 * options.bell, decaySeconds: seconds * 0.7 },
    ]);
  }
  fadeEnds(signal, { inSeconds: 0.0005, outSeconds: Math.min(0.1, seconds / 3) });
  return signal;
}

function shaker(random: () => number): Float32Array {
  const signal = filter(whiteNoise(samplesIn(0.1), random), { kind: 'bandpass', frequencyHz: 7800, q: 1.2 });
  applyCurve(signal, (time) => Math.min(1, time / 0.018) * Math.exp(-time / 0.022), 0.001);
  fadeEnds(signal, { inSeconds: 0.001, outSeconds: 0.02 });
  return signal;
}

function tom({ hz, seconds, random }: { hz: number; seconds: number; random: () => number }): Float32Array {
  const signal = new Float32Array(samplesIn(seconds));
  addTone(signal, {
    shape: 'sine',
    frequencyOf: (time) => hz * (1 + 0.5 * Math.exp(-time / 0.04)),
    gain: 0.9,
  });
  const skin = filter(whiteNoise(signal.length, random), { kind: 'bandpass', frequencyHz: hz * 5, q: 0.8 });
  applyDecay(skin, { attackSeconds: 0.001, decaySeconds: 0.12 });
  applyDecay(signal, { attackSeconds: 0.001, decaySeconds: seconds });
  addSignal({ from: skin, into: signal, at: 0, gain: 0.4 });
  fadeEnds(signal, { inSeconds: 0.0005, outSeconds: 0.05 });
  return signal;
}

/** Noise that climbs through one bar and stops on the next downbeat. */
function riser({ barSeconds, random }: Strike): Float32Array {
  const signal = whiteNoise(samplesIn(barSeconds), random);
  sweepFilter(signal, {
    kind: 'bandpass',
    cutoffAt: (seconds) => 400 * 20 ** (seconds / barSeconds),
    resonance: 0.45,
  });
  applyCurve(signal, (seconds) => (seconds / barSeconds) ** 2);
  fadeEnds(signal, { inSeconds: 0.01, outSeconds: 0.03 });
  return signal;
}
