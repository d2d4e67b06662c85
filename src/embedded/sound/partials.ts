import { sampleRate } from './signal.ts';

/** One ringing mode of a struck body. */
export interface Partial {
  frequencyHz: number;
  amplitude: number;
  /** Time to −60 dB. */
  decaySeconds: number;
  /** Radians. */
  phase?: number;
}

/**
 * Adds decaying sines to `signal` from sample `at` on: two-pole resonators, one multiplication pair a sample.
 * Partials above 0.45 of the sample rate are left out.
 */
export function addPartials(signal: Float32Array, partials: readonly Partial[], at = 0): void {
  for (const { frequencyHz, amplitude, decaySeconds, phase = 0 } of partials) {
    if (frequencyHz > sampleRate * 0.45 || amplitude === 0) continue;
    const step = (2 * Math.PI * frequencyHz) / sampleRate;
    const radius = 10 ** (-3 / (decaySeconds * sampleRate));
    const first = 2 * radius * Math.cos(step);
    const second = -radius * radius;
    let before = (amplitude * Math.sin(phase - 2 * step)) / (radius * radius);
    let last = (amplitude * Math.sin(phase - step)) / radius;
    const end = Math.min(signal.length, at + Math.ceil(decaySeconds * 1.4 * sampleRate));
    for (let i = at; i < end; i++) {
      const value = first * last + second * before;
      before = last;
      last = value;
      signal[i] = (signal[i] ?? 0) + value;
    }
  }
}
