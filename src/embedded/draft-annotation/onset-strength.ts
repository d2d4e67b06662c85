import { hopSeconds, melBands, type MelSpectrogram } from './spectra.ts';

/** Weaker sound than this many natural-log units (35 dB) under a band's loudest is no onset. */
const dynamicRange = 8;
/** The envelope is measured against its mean over this long. */
const backgroundSeconds = 1;
/** Bands of roughly 80 to 250 Hz, where kick and bass are. */
const lowBands = 4;

export interface OnsetStrength {
  /** How much new sound begins in each frame, over all bands; mean 0 over a second, then no less than 0. */
  all: Float32Array;
  /** The rise of amplitude in the low bands: no logarithm, so that a faint click there doesn't count as much as a kick. */
  low: Float32Array;
}

/** Half-wave rectified rise of log-mel power over two frames (Ellis 2007, §3.1). */
export function onsetStrength(mel: MelSpectrogram): OnsetStrength {
  const floors = Array.from({ length: melBands }, (_, band) => {
    let loudest = -Infinity;
    for (let t = 0; t < mel.frames; t++) loudest = Math.max(loudest, mel.values[t * melBands + band]!);
    return loudest - dynamicRange;
  });
  const all = new Float32Array(mel.frames);
  const low = new Float32Array(mel.frames);
  for (let t = 2; t < mel.frames; t++) {
    for (let band = 0; band < melBands; band++) {
      const now = Math.max(floors[band]!, mel.values[t * melBands + band]!);
      const before = Math.max(floors[band]!, mel.values[(t - 2) * melBands + band]!);
      all[t]! += Math.max(0, now - before);
      if (band < lowBands) low[t]! += Math.max(0, Math.exp(now / 2) - Math.exp(before / 2));
    }
  }
  return { all: aboveBackground(all), low: aboveBackground(low) };
}

function aboveBackground(envelope: Float32Array): Float32Array {
  const reach = Math.round(backgroundSeconds / hopSeconds / 2);
  const sums = new Float64Array(envelope.length + 1);
  for (const [t, value] of envelope.entries()) sums[t + 1] = sums[t]! + value;
  return envelope.map((value, t) => {
    const first = Math.max(0, t - reach);
    const end = Math.min(envelope.length, t + reach + 1);
    return Math.max(0, value - (sums[end]! - sums[first]!) / (end - first));
  });
}
