import { applyAdsr } from '../sound/envelope.ts';
import { whiteNoise } from '../sound/noise.ts';
import { sampleRate, samplesIn } from '../sound/signal.ts';
import { sweepFilter } from '../sound/sweep-filter.ts';
import { Oscillator } from '../sound/wavetable.ts';
import type { Patch } from './synth-patches.ts';

/** Plays one note on a subtractive synthesiser: oscillators → drive → low-pass → envelope. */
export function playPatch(
  patch: Patch,
  note: { frequencyHz: number; seconds: number; velocity: number; extraVoices: number; random: () => number },
): Float32Array {
  const { frequencyHz, velocity, random } = note;
  const signal = new Float32Array(samplesIn(note.seconds + patch.amplitude.release));
  const bend = vibratoOf(patch);
  const unison = patch.unison > 1 ? patch.unison + note.extraVoices : 1;
  for (const { shape, octave, cents = 0, gain } of patch.oscillators) {
    for (let copy = 0; copy < unison; copy++) {
      const place = unison === 1 ? 0 : copy / (unison - 1) - 0.5;
      const drift = unison === 1 ? 0 : (random() - 0.5) * 4;
      const detuned = frequencyHz * 2 ** (octave + (cents + place * patch.spreadCents + drift) / 1200);
      const phase = unison === 1 ? 0 : random();
      addOscillator(signal, new Oscillator(shape, phase), {
        frequencyHz: detuned,
        gain: gain / Math.sqrt(unison),
        bend,
      });
    }
  }
  if (patch.breath) addBreath(signal, patch.breath, random);
  if (patch.drive) drive(signal, patch.drive);
  const { hz, opensHz, fallsSeconds, resonance } = patch.cutoff;
  // Higher notes open the filter a little, so that they don't turn dull.
  const tracked = hz * Math.sqrt(Math.max(1, frequencyHz / 220));
  sweepFilter(signal, {
    kind: 'lowpass',
    resonance,
    cutoffAt: (seconds) => tracked + opensHz * (0.3 + 0.7 * velocity) * Math.exp(-seconds / fallsSeconds),
  });
  applyAdsr(signal, patch.amplitude, note.seconds);
  return signal;
}

function vibratoOf({ vibrato }: Patch): ((seconds: number) => number) | null {
  if (!vibrato) return null;
  const { hz, cents, delaySeconds } = vibrato;
  return (seconds) => {
    const depth = Math.min(1, Math.max(0, (seconds - delaySeconds) / 0.3)) * cents;
    return 1 + depth * 0.000578 * Math.sin(2 * Math.PI * hz * seconds);
  };
}

function addOscillator(
  signal: Float32Array,
  oscillator: Oscillator,
  tone: { frequencyHz: number; gain: number; bend: ((seconds: number) => number) | null },
): void {
  const { frequencyHz, gain, bend } = tone;
  const blockSamples = bend ? 128 : signal.length;
  for (let from = 0; from < signal.length; from += blockSamples) {
    const to = Math.min(signal.length, from + blockSamples);
    oscillator.add(signal, { from, to, frequencyHz: frequencyHz * (bend?.(from / sampleRate) ?? 1), gain });
  }
}

function addBreath(signal: Float32Array, amount: number, random: () => number): void {
  const noise = whiteNoise(signal.length, random);
  for (let i = 0; i < signal.length; i++) signal[i] = (signal[i] ?? 0) + (noise[i] ?? 0) * amount;
}

/** Soft saturation that keeps small signals' level. */
export function drive(signal: Float32Array, amount: number): void {
  const gain = 1 + amount;
  for (let i = 0; i < signal.length; i++) signal[i] = Math.tanh((signal[i] ?? 0) * gain) / Math.sqrt(gain);
}
