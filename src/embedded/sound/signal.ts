/** Hertz. Everything in `src/embedded/sound` works at this rate: Opus's own, and video's. */
export const sampleRate = 48_000;

/** Two channels of one length, samples nominally in −1..1. */
export interface StereoSignal {
  left: Float32Array;
  right: Float32Array;
}

/** Whole samples in `seconds`, never negative. */
export function samplesIn(seconds: number): number {
  return Math.max(0, Math.round(seconds * sampleRate));
}

/** Amplitude factor of a level in decibels: −6.02 dB is about 0.5. */
export function gainOf(decibels: number): number {
  return 10 ** (decibels / 20);
}

/** Level in decibels of an amplitude; −∞ for silence. */
export function decibelsOf(amplitude: number): number {
  return 20 * Math.log10(amplitude);
}

export function createStereo(samples: number): StereoSignal {
  return { left: new Float32Array(samples), right: new Float32Array(samples) };
}

/** Left and right gains of `pan` (−1 left … 1 right) at constant power; the centre is −3 dB in each. */
export function panGains(pan: number): { left: number; right: number } {
  const angle = ((Math.min(1, Math.max(-1, pan)) + 1) * Math.PI) / 4;
  return { left: Math.cos(angle), right: Math.sin(angle) };
}

/** Adds `from` × `gain` into `into`, its first sample at `at`; what lies outside is cut off. */
export function addSignal(options: {
  from: Float32Array;
  into: Float32Array;
  at: number;
  gain: number;
}): void {
  const { from, into, at, gain } = options;
  const start = Math.max(0, -at);
  const end = Math.min(from.length, into.length - at);
  for (let i = start; i < end; i++) into[at + i] = (into[at + i] ?? 0) + (from[i] ?? 0) * gain;
}

/** Adds a mono signal into a stereo one. */
export function addPanned(options: {
  from: Float32Array;
  into: StereoSignal;
  at: number;
  gain: number;
  pan: number;
}): void {
  const { from, into, at, gain } = options;
  const gains = panGains(options.pan);
  addSignal({ from, into: into.left, at, gain: gain * gains.left });
  addSignal({ from, into: into.right, at, gain: gain * gains.right });
}

export function scale(signal: Float32Array, gain: number): void {
  for (let i = 0; i < signal.length; i++) signal[i] = (signal[i] ?? 0) * gain;
}

/** The largest absolute sample of `signals`. */
export function samplePeak(...signals: Float32Array[]): number {
  let peak = 0;
  for (const signal of signals) {
    for (let i = 0; i < signal.length; i++) peak = Math.max(peak, Math.abs(signal[i] ?? 0));
  }
  return peak;
}

/** Raised-cosine fades at both ends, in place, so that neither end clicks. */
export function fadeEnds(signal: Float32Array, fade: { inSeconds: number; outSeconds: number }): void {
  const fadeIn = Math.min(samplesIn(fade.inSeconds), signal.length);
  for (let i = 0; i < fadeIn; i++) signal[i] = (signal[i] ?? 0) * raisedCosine((i + 0.5) / fadeIn);
  const fadeOut = Math.min(samplesIn(fade.outSeconds), signal.length);
  for (let i = 0; i < fadeOut; i++) {
    const at = signal.length - 1 - i;
    signal[at] = (signal[at] ?? 0) * raisedCosine((i + 0.5) / fadeOut);
  }
}

function raisedCosine(position: number): number {
  return 0.5 - 0.5 * Math.cos(Math.PI * position);
}
