import { sampleRate } from './signal.ts';

export type SweepKind = 'lowpass' | 'highpass' | 'bandpass';

/**
 * A filter whose cutoff moves without clicks: the trapezoidal state-variable filter of
 * A. Simper, "Solving the continuous SVF equations using trapezoidal integration" (Cytomic, 2013).
 * Filters in place; the cutoff is held for 32 samples at a time.
 * @param options.cutoffAt hertz at a time in seconds
 * @param options.resonance 0 (none) … 0.98 (rings)
 */
export function sweepFilter(
  signal: Float32Array,
  options: { kind: SweepKind; cutoffAt: (seconds: number) => number; resonance?: number },
): Float32Array {
  const damping = 2 - 2 * Math.min(0.98, Math.max(0, options.resonance ?? 0.3));
  const weights = outputWeights(options.kind, damping);
  const blockSamples = 32;
  let first = 0;
  let second = 0;
  for (let from = 0; from < signal.length; from += blockSamples) {
    const cutoffHz = Math.min(sampleRate * 0.45, Math.max(10, options.cutoffAt(from / sampleRate)));
    const g = Math.tan((Math.PI * cutoffHz) / sampleRate);
    const a1 = 1 / (1 + g * (g + damping));
    const a2 = g * a1;
    const a3 = g * a2;
    const to = Math.min(signal.length, from + blockSamples);
    for (let i = from; i < to; i++) {
      const input = signal[i] ?? 0;
      const v3 = input - second;
      const band = a1 * first + a2 * v3;
      const low = second + a2 * first + a3 * v3;
      first = 2 * band - first;
      second = 2 * low - second;
      signal[i] = weights.input * input + weights.band * band + weights.low * low;
    }
  }
  return signal;
}

function outputWeights(kind: SweepKind, damping: number): { input: number; band: number; low: number } {
  switch (kind) {
    case 'lowpass':
      return { input: 0, band: 0, low: 1 };
    case 'bandpass':
      return { input: 0, band: damping, low: 0 };
    case 'highpass':
      return { input: 1, band: -damping, low: -1 };
  }
}
