import { sampleRate } from './signal.ts';

export type BiquadKind = 'lowpass' | 'highpass' | 'bandpass' | 'notch' | 'peak' | 'lowshelf' | 'highshelf';

export interface BiquadSettings {
  kind: BiquadKind;
  frequencyHz: number;
  /** Quality: 0.707 is flat for low- and highpass. */
  q?: number;
  /** Decibels; peak and shelves only. */
  gain?: number;
}

interface Coefficients {
  b0: number;
  b1: number;
  b2: number;
  a1: number;
  a2: number;
}

/** Second-order filters of R. Bristow-Johnson's "Audio EQ Cookbook". The bandpass has 0 dB at its centre. */
export function biquadCoefficients(settings: BiquadSettings): Coefficients {
  const w = (2 * Math.PI * Math.min(settings.frequencyHz, sampleRate * 0.49)) / sampleRate;
  const cosine = Math.cos(w);
  const alpha = Math.sin(w) / (2 * (settings.q ?? Math.SQRT1_2));
  const a = 10 ** ((settings.gain ?? 0) / 40);
  switch (settings.kind) {
    case 'lowpass':
      return normalised(
        [(1 - cosine) / 2, 1 - cosine, (1 - cosine) / 2],
        [1 + alpha, -2 * cosine, 1 - alpha],
      );
    case 'highpass':
      return normalised(
        [(1 + cosine) / 2, -1 - cosine, (1 + cosine) / 2],
        [1 + alpha, -2 * cosine, 1 - alpha],
      );
    case 'bandpass':
      return normalised([alpha, 0, -alpha], [1 + alpha, -2 * cosine, 1 - alpha]);
    case 'notch':
      return normalised([1, -2 * cosine, 1], [1 + alpha, -2 * cosine, 1 - alpha]);
    case 'peak':
      return normalised(
        [1 + alpha * a, -2 * cosine, 1 - alpha * a],
        [1 + alpha / a, -2 * cosine, 1 - alpha / a],
      );
    case 'lowshelf':
      return shelf({ a, cosine, slope: 2 * Math.sqrt(a) * alpha, sign: 1 });
    case 'highshelf':
      return shelf({ a, cosine, slope: 2 * Math.sqrt(a) * alpha, sign: -1 });
  }
}

/** The cookbook's shelves differ only in the sign of their cosine terms. */
function shelf({ a, cosine, slope, sign }: { a: number; cosine: number; slope: number; sign: 1 | -1 }) {
  const c = sign * cosine;
  return normalised(
    [
      a * (a + 1 - (a - 1) * c + slope),
      sign * 2 * a * (a - 1 - (a + 1) * c),
      a * (a + 1 - (a - 1) * c - slope),
    ],
    [a + 1 + (a - 1) * c + slope, sign * -2 * (a - 1 + (a + 1) * c), a + 1 + (a - 1) * c - slope],
  );
}

function normalised(b: [number, number, number], a: [number, number, number]): Coefficients {
  return { b0: b[0] / a[0], b1: b[1] / a[0], b2: b[2] / a[0], a1: a[1] / a[0], a2: a[2] / a[0] };
}

/** One filter with its memory (transposed direct form II). */
export class Biquad {
  private coefficients: Coefficients;
  private z1 = 0;
  private z2 = 0;

  constructor(settings: BiquadSettings | Coefficients) {
    this.coefficients = 'kind' in settings ? biquadCoefficients(settings) : settings;
  }

  tune(settings: BiquadSettings): void {
    this.coefficients = biquadCoefficients(settings);
  }

  /** Filters samples `from` (included) to `to` (excluded) in place. */
  process(signal: Float32Array, from = 0, to = signal.length): void {
    const { b0, b1, b2, a1, a2 } = this.coefficients;
    let { z1, z2 } = this;
    for (let i = from; i < to; i++) {
      const x = signal[i] ?? 0;
      const y = b0 * x + z1;
      z1 = b1 * x - a1 * y + z2;
      z2 = b2 * x - a2 * y;
      signal[i] = y;
    }
    this.z1 = z1;
    this.z2 = z2;
  }
}

/** Filters a whole signal in place by each of `stages` in turn. */
export function filter(signal: Float32Array, ...stages: BiquadSettings[]): Float32Array {
  for (const stage of stages) new Biquad(stage).process(signal);
  return signal;
}
