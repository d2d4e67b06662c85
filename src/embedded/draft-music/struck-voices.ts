import { filter } from '../sound/biquad.ts';
import { applyAdsr, applyDecay } from '../sound/envelope.ts';
import { whiteNoise } from '../sound/noise.ts';
import { addPartials } from '../sound/partials.ts';
import { pluckedString } from '../sound/plucked-string.ts';
import { addSignal, fadeEnds, sampleRate, samplesIn } from '../sound/signal.ts';
import { drive } from './synth-voice.ts';

export interface StruckNote {
  frequencyHz: number;
  seconds: number;
  velocity: number;
  random: () => number;
}

/** A piano string: stretched partials (stiffness), each dying faster the higher, and the hammer's knock. */
export function playPiano(note: StruckNote): Float32Array {
  const { frequencyHz, velocity, random } = note;
  const ring = Math.min(6, 5.5 * (220 / frequencyHz) ** 0.45);
  const signal = new Float32Array(samplesIn(Math.min(note.seconds, ring) + 0.25));
  const stiffness = 0.00035 * (frequencyHz / 220) ** 0.6;
  const count = Math.min(22, Math.floor(12_000 / frequencyHz));
  for (const cents of [-0.7, 0.8]) {
    const partials = Array.from({ length: Math.max(1, count) }, (_, i) => {
      const n = i + 1;
      // The hammer strikes at an eighth of the string and is softer the softer the note.
      const strike = Math.abs(Math.sin((Math.PI * n) / 8.3)) + 0.12;
      return {
        frequencyHz: n * frequencyHz * Math.sqrt(1 + stiffness * n * n) * 2 ** (cents / 1200),
        amplitude: (strike * Math.exp((-n * (1.25 - velocity)) / 4)) / n ** 0.55,
        decaySeconds: ring / (1 + 0.28 * (n - 1)),
        phase: random() * 2 * Math.PI,
      };
    });
    addPartials(signal, partials);
  }
  const knock = filter(whiteNoise(samplesIn(0.03), random), { kind: 'bandpass', frequencyHz: 900, q: 0.8 });
  applyDecay(knock, { attackSeconds: 0.001, decaySeconds: 0.03 });
  addSignal({ from: knock, into: signal, at: 0, gain: 0.5 * velocity });
  return damped(signal, note.seconds, 0.002);
}

/** Two-operator FM with a bell-like tine at the attack (J. Chowning, 1973). */
export function playElectricPiano(note: StruckNote): Float32Array {
  const { frequencyHz, velocity } = note;
  const signal = new Float32Array(samplesIn(Math.min(note.seconds, 4) + 0.25));
  const step = (2 * Math.PI * frequencyHz) / sampleRate;
  for (let i = 0; i < signal.length; i++) {
    const seconds = i / sampleRate;
    const body = 1.1 * velocity * Math.exp(-seconds * 2.2);
    const tine = 0.35 * velocity * Math.exp(-seconds * 9);
    const bent = Math.sin(i * step + body * Math.sin(i * step) + tine * Math.sin(i * step * 14));
    signal[i] = bent * Math.exp(-seconds * 1.1) * (1 + 0.12 * Math.sin(2 * Math.PI * 4.6 * seconds));
  }
  return damped(signal, note.seconds, 0.003);
}

/** Inharmonic partials of a tuned bell. */
export function playBells(note: StruckNote): Float32Array {
  const { frequencyHz, velocity } = note;
  const ring = 2.6 * (880 / frequencyHz) ** 0.4;
  const signal = new Float32Array(samplesIn(Math.min(ring, note.seconds + 1.6)));
  const partials = [
    [1, 1, 1],
    [2.0, 0.35, 0.7],
    [2.76, 0.42 * velocity, 0.5],
    [5.4, 0.28 * velocity, 0.22],
    [8.93, 0.12 * velocity, 0.12],
  ] as const;
  addPartials(
    signal,
    partials.map(([ratio, amplitude, part]) => ({
      frequencyHz: frequencyHz * ratio,
      amplitude,
      decaySeconds: ring * part,
    })),
  );
  fadeEnds(signal, { inSeconds: 0.001, outSeconds: 0.08 });
  return signal;
}

/** A plucked string with the body that its kind of guitar or bass has. */
export function playString(
  kind:
    | 'acoustic guitar'
    | 'electric guitar'
    | 'distorted guitar'
    | 'pluck'
    | 'electric bass'
    | 'upright bass',
  note: StruckNote,
): Float32Array {
  const { frequencyHz, velocity, random } = note;
  const [brightness, decaySeconds] = stringOf[kind];
  const ring = decaySeconds * Math.min(1.4, (330 / frequencyHz) ** 0.3);
  const signal = pluckedString({
    frequencyHz,
    seconds: Math.min(note.seconds + 0.12, ring),
    decaySeconds: ring,
    brightness: brightness * (0.7 + 0.3 * velocity),
    random,
  });
  shapeBody(kind, signal);
  return damped(signal, note.seconds, 0.001);
}

/** Brightness and seconds to −60 dB. */
const stringOf = {
  'acoustic guitar': [0.72, 3.2],
  'electric guitar': [0.6, 4.5],
  'distorted guitar': [0.75, 8],
  pluck: [0.8, 1.6],
  'electric bass': [0.35, 4],
  'upright bass': [0.12, 2],
} as const;

function shapeBody(kind: keyof typeof stringOf, signal: Float32Array): void {
  switch (kind) {
    case 'acoustic guitar':
      filter(
        signal,
        { kind: 'peak', frequencyHz: 110, q: 1.4, gain: 4 },
        { kind: 'peak', frequencyHz: 230, q: 1.6, gain: 3 },
        { kind: 'highshelf', frequencyHz: 5000, gain: -2 },
      );
      return;
    case 'electric guitar':
      filter(
        signal,
        { kind: 'lowpass', frequencyHz: 4200 },
        { kind: 'peak', frequencyHz: 1500, q: 0.9, gain: 3 },
      );
      return;
    case 'distorted guitar':
      filter(
        signal,
        { kind: 'highpass', frequencyHz: 90 },
        { kind: 'peak', frequencyHz: 700, q: 0.8, gain: 5 },
      );
      drive(signal, 14);
      // A loudspeaker cabinet: nothing much above 4.5 kHz.
      filter(
        signal,
        { kind: 'lowpass', frequencyHz: 4300, q: 0.9 },
        { kind: 'peak', frequencyHz: 2300, q: 1, gain: 3 },
      );
      return;
    case 'electric bass':
      filter(signal, { kind: 'lowpass', frequencyHz: 1600 }, { kind: 'lowshelf', frequencyHz: 110, gain: 4 });
      return;
    case 'upright bass':
      filter(
        signal,
        { kind: 'lowpass', frequencyHz: 1100 },
        { kind: 'peak', frequencyHz: 95, q: 1, gain: 5 },
      );
      return;
    case 'pluck':
      return;
  }
}

/** The note stops within a tenth of a second after its key or finger lets go. */
function damped(signal: Float32Array, seconds: number, attack: number): Float32Array {
  const gate = Math.min(seconds, signal.length / sampleRate - 0.05);
  applyAdsr(signal, { attack, decay: 1, sustain: 1, release: 0.14 }, Math.max(0.02, gate));
  return signal;
}
