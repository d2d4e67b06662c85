import { sampleRate, samplesIn } from './signal.ts';

/** Attack, decay, release in seconds; sustain as a part of the peak, 0..1. */
export interface Adsr {
  attack: number;
  decay: number;
  sustain: number;
  release: number;
}

/**
 * Multiplies `signal` by an ADSR curve in place: linear attack, exponential decay and release.
 * The curve is exactly 0 at the end of the release, so the note ends without a click.
 * @param gateSeconds how long the key is held
 */
export function applyAdsr(signal: Float32Array, adsr: Adsr, gateSeconds: number): void {
  const attack = Math.max(1, samplesIn(adsr.attack));
  const gate = Math.min(signal.length, samplesIn(gateSeconds));
  const release = Math.max(1, Math.min(samplesIn(adsr.release), signal.length - gate));
  const decayFactor = Math.exp(-1 / (Math.max(0.001, adsr.decay) * 0.4 * sampleRate));
  let level = 0;
  for (let i = 0; i < gate; i++) {
    level = i < attack ? (i + 1) / attack : adsr.sustain + (level - adsr.sustain) * decayFactor;
    signal[i] = (signal[i] ?? 0) * level;
  }
  const releaseFactor = Math.exp(-5 / release);
  const floor = Math.exp(-5);
  let fall = 1;
  for (let i = gate; i < signal.length; i++) {
    const past = i - gate;
    fall *= releaseFactor;
    const remaining = past >= release ? 0 : Math.max(0, (fall - floor) / (1 - floor));
    signal[i] = (signal[i] ?? 0) * level * remaining;
  }
}

/**
 * Multiplies `signal` in place by a struck sound's curve: up in `attackSeconds`, then down by 60 dB in
 * `decaySeconds`.
 */
export function applyDecay(
  signal: Float32Array,
  curve: { attackSeconds: number; decaySeconds: number },
): void {
  const attack = Math.max(1, samplesIn(curve.attackSeconds));
  const factor = 10 ** (-3 / (Math.max(0.001, curve.decaySeconds) * sampleRate));
  let level = 1;
  for (let i = 0; i < signal.length; i++) {
    if (i >= attack) level *= factor;
    signal[i] = (signal[i] ?? 0) * (i < attack ? (i + 1) / attack : level);
  }
}

/** Multiplies `signal` in place by `gainAt(seconds)`, linear between points `stepSeconds` apart. */
export function applyCurve(
  signal: Float32Array,
  gainAt: (seconds: number) => number,
  stepSeconds = 0.004,
): void {
  const step = Math.max(1, samplesIn(stepSeconds));
  let gain = gainAt(0);
  for (let from = 0; from < signal.length; from += step) {
    const next = gainAt((from + step) / sampleRate);
    const slope = (next - gain) / step;
    const to = Math.min(signal.length, from + step);
    for (let i = from; i < to; i++) signal[i] = (signal[i] ?? 0) * (gain + slope * (i - from));
    gain = next;
  }
}
